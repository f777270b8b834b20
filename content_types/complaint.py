"""Complaint (投诉): an owner complains about a vote to the street office (SZ-5.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal import notify
from portal.content import ContentItem, content_type
from portal.files import FileHolder
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.security import Permission
from portal.workflow import on_transition


class ComplaintSchema(FormSchema):
    """What the owner writes; only the street office and the author read it."""

    text = Field(
        colander.String(),
        title=message("complaint.field.text"),
        widget=TextAreaWidget(rows=8),
        validator=colander.Length(max=5000),
        data_class="personal",
    )


@content_type(
    "complaint",
    schema=ComplaintSchema,
    template="skins:default/complaint.pt",
    workflow="complaint",
    addable_to=("meeting",),
    add_permission=Permission.COMPLAINT_ADD,
)
class Complaint(FileHolder, ContentItem):
    """Complaint and answer stay in the file of the meeting; an open one holds the archive."""

    text = ""
    due_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its number within the meeting."""
        return f"{self.__parent__.title} · {self.__name__}"

    def search_text(self) -> str:
        """Return nothing: it is found by its parties, not by full text."""
        return ""


@on_transition("complaint.answer")
def tell_owner(event: Any) -> None:
    """Tell the owner what the street office found."""
    notify.send(
        event.request,
        event.item.creator,
        "complaint.answered",
        {"title": event.item.__parent__.title, "answer": event.comment},
        link=event.request.resource_path(event.item),
    )
