"""Extension (延期): a request to prolong an open vote, decided as the law of the place says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal.content import ContentItem, content_type
from portal.forms import Field, FormSchema, LocalDateTime, LocalDateTimeWidget, chosen_from
from portal.i18n import message
from portal.law import rules_at


def causes_here(request: Any) -> list[tuple[str, str]]:
    """Return the causes the law of the place allows, with their message ids (SZ-19.1)."""
    causes = rules_at(request.context, request.registry).extension.value.causes
    return [(cause, f"extension.cause.{cause}") for cause in causes]


class ExtensionSchema(FormSchema):
    """What a convenor states; a place that sets length or causes itself asks for less."""

    cause = Field(
        colander.String(),
        title=message("extension.field.cause"),
        data_class="public",
        **chosen_from(causes_here),
    )
    text = Field(
        colander.String(),
        title=message("extension.field.text"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=2000),
        data_class="public",
    )
    new_end = Field(
        LocalDateTime(),
        title=message("extension.field.new_end"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )


@content_type(
    "extension",
    schema=ExtensionSchema,
    template="skins:default/extension.pt",
    workflow="extension",
)
class Extension(ContentItem):
    """Lies in its meeting; the end of the vote moves only when it is granted (SZ-19.2)."""

    cause = ""
    text = ""
    # None where the law fixes the length.
    new_end: datetime | None = None
    # Set when it is granted: from when to when.
    old_end: datetime | None = None
    granted_end: datetime | None = None

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its number within the meeting."""
        return f"{self.__parent__.title} · {self.__name__}"

    def search_text(self) -> str:
        """Return nothing: it is found through its meeting."""
        return ""
