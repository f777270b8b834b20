"""Forms from schemas (表单): one schema object validates pages and API operations alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import Any

import colander
import deform
import deform.widget
from deform.template import ZPTRendererFactory
from pyramid.httpexceptions import HTTPUnprocessableEntity
from pyramid.i18n import get_localizer

from portal import clauses, clock, i18n
from portal.errors import USER_ERRORS, PortalError
from portal.rules.errors import RuleError
from portal.rules.money import format_amount, parse_amount

TEMPLATES = Path(__file__).resolve().parent.parent / "skins" / "forms"


class Field(colander.SchemaNode):
    """A schema node that says how personal its value is.

    ``data_class`` is one of public, internal, personal, sensitive, secret; it drives masking,
    encryption, logging and export.
    """

    def __init__(self, typ: Any, *args: Any, data_class: str = "public", **kw: Any) -> None:
        kw.setdefault("widget", None)
        super().__init__(typ, *args, data_class=data_class, **kw)


class FormSchema(colander.MappingSchema):
    """A mapping that refuses fields it does not know.

    Each has fields of its own: colander lends those of the class to all, so that choices set for
    one person would show to another.
    """

    def __init__(self, *args: Any, **kw: Any) -> None:
        kw.setdefault("unknown", "raise")
        super().__init__(*args, **kw)
        self.children = [child.clone() for child in self.children]


class LocalDateTime(colander.DateTime):
    """A date and time entered as wall time in Asia/Shanghai, kept as an aware UTC instant."""

    def __init__(self) -> None:
        super().__init__(default_tzinfo=clock.SITE_ZONE, format="%Y-%m-%dT%H:%M")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return the aware UTC instant; the object database keeps no other zone."""
        found = super().deserialize(node, cstruct)
        return found if found is colander.null else found.astimezone(UTC)

    def serialize(self, node: Any, appstruct: Any) -> Any:
        """Return the text of an instant as the native input shows it."""
        if appstruct is colander.null or appstruct is None:
            return colander.null
        return clock.local(appstruct).strftime("%Y-%m-%dT%H:%M")


class LocalDateTimeWidget(deform.widget.TextInputWidget):
    """One native control for date and time."""

    template = "datetime_local"


class Amount(colander.SchemaType):
    """An amount entered in 元 with at most two places, kept as integer 分."""

    def deserialize(self, node: colander.SchemaNode, cstruct: Any) -> Any:
        """Return the 分 of the text; never passes through a binary fraction."""
        if cstruct is colander.null or cstruct == "":
            return colander.null
        try:
            return parse_amount(str(cstruct))
        except RuleError as error:
            raise colander.Invalid(node, i18n.message(error.message_id, **error.values)) from None

    def serialize(self, node: colander.SchemaNode, appstruct: Any) -> Any:
        """Return the text of an amount."""
        return (
            colander.null
            if appstruct is colander.null
            else format_amount(appstruct, grouping=False)
        )


class Lines(colander.String):
    """Several short texts, one per line, kept as a tuple."""

    def deserialize(self, node: colander.SchemaNode, cstruct: object) -> object:
        """Return the non-empty lines."""
        text = super().deserialize(node, cstruct)
        if text is colander.null:
            return text
        return tuple(line.strip() for line in str(text).splitlines() if line.strip())

    def serialize(self, node: colander.SchemaNode, appstruct: object) -> object:
        """Return the lines as one text."""
        if appstruct is colander.null:
            return appstruct
        return super().serialize(node, "\n".join(appstruct))  # type: ignore[arg-type]


class Upload(colander.SchemaType):
    """One uploaded file; the value has ``file`` and ``filename``."""

    def serialize(self, node: Any, appstruct: Any) -> Any:
        """Return nothing: a file is never sent back to the form."""
        return colander.null

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        """Return the upload."""
        return cstruct if hasattr(cstruct, "file") else colander.null


class UploadWidget(deform.widget.Widget):
    """The file control; ``accept`` lists media types or endings for the chooser."""

    template = "file_upload"
    accept = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.txt"
    attributes: dict[str, str] = {}  # noqa: RUF012 - constant of the class

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> Any:
        """Show an empty control."""
        values = self.get_template_values(field, {}, kw)
        return field.renderer(self.template, **values)

    def deserialize(self, field: Any, pstruct: Any) -> Any:
        """Return the upload, or null when no file was chosen."""
        upload = pstruct.get("upload") if isinstance(pstruct, dict) else None
        return upload if hasattr(upload, "file") else colander.null


@lru_cache(maxsize=8)
def widget_renderer(localizer: Any) -> ZPTRendererFactory:
    """Return the widget templates in one language; they are compiled once, not for each form."""
    return ZPTRendererFactory((str(TEMPLATES),), translator=localizer.translate, auto_reload=False)


class Form:
    """One form on one page: validates a POST, or shows itself with what was entered."""

    def __init__(
        self,
        schema: colander.MappingSchema,
        request: Any,
        *,
        button: str = "form.save",
        action: str = "",
        values: dict[str, Any] | None = None,
        form_id: str = "form",
    ) -> None:
        bound = schema.bind(request=request)
        localizer = get_localizer(request)
        self.request = request
        self.form = deform.Form(
            bound,
            action=action or request.path_qs,
            formid=form_id,
            buttons=(deform.Button(name="save", title=i18n.message(button), type="submit"),),
            renderer=widget_renderer(localizer),
        )
        self.form.csrf_token = request.csrf_token
        self.values = values or {}
        self.made: Any = None
        self._failure: deform.ValidationFailure | None = None

    def validate(self) -> dict[str, Any] | None:
        """Return the validated values, or None with the page's status set to 422."""
        controls = [
            (key, value)
            for key, value in self.request.POST.items()
            if key not in ("csrf_token", "save", "_charset_", "__formid__", "comment_")
        ]
        try:
            return self.form.validate(controls)
        except deform.ValidationFailure as failure:
            self._failure = failure
            self.request.response.status_int = HTTPUnprocessableEntity.code
            return None

    def take(self, act: Callable[[dict[str, Any]], Any]) -> bool:
        """Let ``act(values)`` use a valid POST; say whether it did, ``made`` is what it returned.

        A user error of the act stands in the form, and nothing that it wrote is kept.
        """
        values = self.validate() if self.request.method == "POST" else None
        if values is None:
            return False
        try:
            self.made = act(values)
        except USER_ERRORS as error:
            self.fail(error)
            self.request.tm.doom()
            return False
        return True

    def fail(self, error: PortalError | RuleError) -> None:
        """Show a user error of a later step, with its clause, at the field it names."""
        text = i18n.of_error(error)
        target = next((field for field in self.form if field.name == error.field), None)
        invalid = colander.Invalid(self.form.schema, None if target is not None else text)
        if target is not None:
            child = colander.Invalid(target.schema, text)
            invalid.add(child, list(self.form).index(target))
        if self._failure is None:
            self.form.cstruct = self.form.cstruct or {}
        self.form.widget.handle_error(self.form, invalid)
        # Shown behind the message: which law refuses.
        (self.form if target is None else target).clause = clauses.chip(error.clause, self._say)
        self._failure = deform.ValidationFailure(self.form, self.form.cstruct, invalid)
        self.request.response.status_int = getattr(error, "status", 422)

    def _say(self, message_id: str, **values: Any) -> str:
        return str(self.request.localizer.translate(i18n.message(message_id, **values)))

    def render(self) -> str:
        """Return the form as HTML, with errors when there are any."""
        if self._failure is not None:
            return self._failure.render()
        known = {node.name for node in self.form.schema.children}
        shown = {
            key: value for key, value in self.values.items() if key in known and value is not None
        }
        return self.form.render(shown)


def chosen_from(pairs: Callable[[Any], Iterable[tuple[str, str]]]) -> dict[str, Any]:
    """Return validator and control of a field whose choices depend on the request.

    ``pairs(request)`` gives (value, message id).
    """

    def part(name: str) -> Any:
        return colander.deferred(lambda node, kw: select(choices(pairs(kw["request"])))[name])

    return {"validator": part("validator"), "widget": part("widget")}


def select(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return validator and control of a field that is chosen from (value, text).

    A text with the value ``""`` stands for no choice.
    """
    offered = list(pairs)
    values = [value for value, _ in offered if value != ""]
    return {
        "validator": colander.OneOf(values),
        "widget": deform.widget.SelectWidget(values=offered),
    }


def offer(field: colander.SchemaNode, pairs: Iterable[tuple[Any, Any]]) -> None:
    """Let a field of a schema's instance be chosen from (value, text)."""
    for name, value in select(pairs).items():
        setattr(field, name, value)


def choices(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, Any], ...]:
    """Return (value, message) pairs for a select or radio widget."""
    return tuple((value, i18n.message(message_id)) for value, message_id in pairs)
