"""Objection (异议): an owner doubts the notice, the binding list or the result (SZ-15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal import notify
from portal.content import ContentItem, content_type
from portal.files import FileHolder
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.security import Permission
from portal.workflow import on_transition

SUBJECTS = ("owner_information", "notice", "result", "other")


class ObjectionSchema(FormSchema):
    """What the owner writes."""

    subject = Field(
        colander.String(),
        title=message("objection.field.subject"),
        **select(choices((s, f"objection.subject.{s}") for s in SUBJECTS)),
        data_class="internal",
    )
    unit = Field(
        colander.String(),
        title=message("objection.field.unit"),
        description=message("objection.field.unit_help"),
        missing="",
        validator=colander.Length(max=80),
        data_class="internal",
    )
    text = Field(
        colander.String(),
        title=message("objection.field.text"),
        widget=TextAreaWidget(rows=8),
        validator=colander.Length(max=5000),
        data_class="personal",
    )


@content_type(
    "objection",
    schema=ObjectionSchema,
    template="skins:default/objection.pt",
    workflow="objection",
    addable_to=("meeting",),
    add_permission=Permission.OBJECTION_ADD,
    catalogued=True,
)
class Objection(FileHolder, ContentItem):
    """Due at the end of the notice period; an open one blocks opening and archive (SZ-15.2)."""

    subject = SUBJECTS[0]
    # The unit whose owner information is doubted, as code or address.
    unit = ""
    text = ""
    due_at: datetime | None = None
    reminded_at: datetime | None = None
    # The version of the result it is about, where there is one.
    result_version = 0

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its number within the meeting."""
        return f"{self.__parent__.title} · {self.__name__}"

    def search_text(self) -> str:
        """Return nothing: an objection is found by its parties, not by full text."""
        return ""


@on_transition("objection.uphold", "objection.uphold_unbind", "objection.reject")
def tell_owner(event: Any) -> None:
    """Tell the owner how it was decided."""
    notify.send(
        event.request,
        event.item.creator,
        "objection.decided",
        {"title": event.item.__parent__.title, "answer": event.comment},
        link=event.request.resource_path(event.item),
    )
