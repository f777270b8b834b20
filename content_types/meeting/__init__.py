"""Meeting (业主大会会议): entry, review, notice, vote, count and result of one assembly meeting."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import colander
from deform.widget import DateInputWidget, DateTimeInputWidget, SelectWidget, TextAreaWidget

from portal.content import ContentFolder, content_type
from portal.files import FileHolder
from portal.forms import Field, FormSchema, LocalDateTime, choices
from portal.i18n import message
from portal.security import Permission

METHODS = ("electronic", "electronic_paper", "paper")
CONVENOR_KINDS = (
    "committee",
    "preparatory_group",
    "reelection_group",
    "street_office",
    "residents_committee",
    "service_company",
)


class MeetingSchema(FormSchema):
    """What a convenor enters about a meeting (SZ-12.1)."""

    title = Field(
        colander.String(),
        title=message("meeting.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    convenor_kind = Field(
        colander.String(),
        title=message("meeting.field.convenor_kind"),
        validator=colander.OneOf(CONVENOR_KINDS),
        widget=SelectWidget(values=choices((k, f"convenor.{k}") for k in CONVENOR_KINDS)),
        data_class="public",
    )
    method = Field(
        colander.String(),
        title=message("meeting.field.method"),
        validator=colander.OneOf(METHODS),
        widget=SelectWidget(values=choices((m, f"meeting.method.{m}") for m in METHODS)),
        data_class="public",
    )
    place = Field(
        colander.String(),
        title=message("meeting.field.place"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    starts_on = Field(
        colander.Date(),
        title=message("meeting.field.starts_on"),
        widget=DateInputWidget(),
        data_class="public",
    )
    voting_opens_at = Field(
        LocalDateTime(),
        title=message("meeting.field.voting_opens_at"),
        widget=DateTimeInputWidget(),
        data_class="public",
    )
    voting_closes_at = Field(
        LocalDateTime(),
        title=message("meeting.field.voting_closes_at"),
        widget=DateTimeInputWidget(),
        data_class="public",
    )
    description = Field(
        colander.String(),
        title=message("meeting.field.description"),
        widget=TextAreaWidget(rows=6),
        missing="",
        validator=colander.Length(max=10_000),
        data_class="public",
    )


@content_type(
    "meeting",
    schema=MeetingSchema,
    workflow="meeting",
    addable_to=("meetings",),
    add_permission=Permission.MEETING_ADD,
)
class Meeting(FileHolder, ContentFolder):
    """Keeps the profile it was launched with for life (SZ-35); motions are its children."""

    title = ""
    convenor_kind = "committee"
    method = "electronic"
    place = ""
    starts_on: date | None = None
    voting_opens_at: datetime | None = None
    voting_closes_at: datetime | None = None
    description = ""

    # Frozen at submission: profile id@version and digest (SZ-35), confirmed totals (SZ-7.2).
    profile_label = ""
    profile_digest = ""
    confirmation: Any = None
    submitted_at: datetime | None = None
    # Evidence of the public notice: the later of physical and platform posting starts it (SZ-29).
    posting: Any = None
    noticed_at: datetime | None = None
    # Set by the ballot box slice: roll, box, log, result versions.
    ballot_box: Any = None
    results: tuple[Any, ...] = ()
    resolved_at: datetime | None = None
    result_posting: Any = None
    result_published_at: datetime | None = None

    def motions(self) -> list[Any]:
        """Return the motions in their order on the agenda."""
        found = [item for item in self.values() if item.content_type_name == "motion"]
        return sorted(found, key=lambda motion: motion.__name__)

    @property
    def result(self) -> Any:
        """The newest result version, or None before the count."""
        return self.results[-1] if self.results else None
