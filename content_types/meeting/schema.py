"""What a convenor enters about a meeting (会议表单)."""

from __future__ import annotations

from datetime import date
from typing import Any

import colander
from deform.widget import TextAreaWidget, TextInputWidget

from content_types.community import convenors_here
from portal.forms import Field, FormSchema, Lines, LocalDateTime, LocalDateTimeWidget, chosen_from
from portal.i18n import message
from portal.law import rules_at
from portal.security import lineage

METHODS = ("electronic", "electronic_paper", "paper")


def methods_here(request: Any) -> list[tuple[str, str]]:
    """Return the methods the place allows, with their message ids (SZ-11, BJ-GQ10)."""
    paper = rules_at(request.context, request.registry).paper_mode.value != "none"
    return [(one, f"meeting.method.{one}") for one in (METHODS if paper else METHODS[:1])]


def modes_here(request: Any) -> list[tuple[str, str]]:
    """Return the kinds of ballot the place allows, with their message ids (EV-6.3.1.1)."""
    modes = rules_at(request.context, request.registry).ballot_modes.value
    return [(one, f"law.ballot_modes.{one}") for one in modes]


class MeetingSchema(FormSchema):
    """What a convenor enters about a meeting (SZ-12.1); voting lasts as long as it (EV-4.1.2)."""

    def after_bind(self, node: colander.SchemaNode, kw: dict[str, Any]) -> None:
        """Leave out what the place does not ask: a first assembly (SZ-32), figures (C-14)."""
        request = kw["request"]
        places = lineage(request.context)
        if next(one for one in places if one.content_type_name == "community").has_committee:
            del node["inaugural"]
            del node["preparatory_meeting_on"]
        if rules_at(request.context, request.registry).interim_option_tally.value != "chosen":
            del node["interim_figures"]

    def validator(self, node: colander.SchemaNode, values: dict[str, Any]) -> None:
        """Refuse a window that ends before it starts (EV-6.7.2)."""
        if values["voting_closes_at"] <= values["voting_opens_at"]:
            error = colander.Invalid(node)
            error["voting_closes_at"] = message("meeting.window_reversed")
            raise error

    title = Field(
        colander.String(),
        title=message("meeting.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    convenor_kind = Field(
        colander.String(),
        title=message("meeting.field.convenor_kind"),
        data_class="public",
        **chosen_from(convenors_here),
    )
    method = Field(
        colander.String(),
        title=message("meeting.field.method"),
        data_class="public",
        **chosen_from(methods_here),
    )
    ballot_mode = Field(
        colander.String(),
        title=message("meeting.field.ballot_mode"),
        description=message("meeting.field.ballot_mode_help"),
        missing="recorded",
        data_class="public",
        **chosen_from(modes_here),
    )
    interim_figures = Field(
        colander.Boolean(),
        title=message("meeting.field.interim_figures"),
        description=message("meeting.field.interim_figures_help"),
        missing=False,
        data_class="public",
    )
    place = Field(
        colander.String(),
        title=message("meeting.field.place"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    voting_opens_at = Field(
        LocalDateTime(),
        title=message("meeting.field.voting_opens_at"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )
    voting_closes_at = Field(
        LocalDateTime(),
        title=message("meeting.field.voting_closes_at"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )
    scope = Field(
        Lines(),
        title=message("meeting.field.scope"),
        description=message("meeting.field.scope_help"),
        widget=TextAreaWidget(rows=3),
        missing=(),
        data_class="public",
    )
    inaugural = Field(
        colander.Boolean(),
        title=message("meeting.field.inaugural"),
        missing=False,
        data_class="public",
    )
    preparatory_meeting_on = Field(
        colander.Date(),
        title=message("meeting.field.preparatory_meeting_on"),
        widget=TextInputWidget(template="date"),
        validator=colander.Range(date(2000, 1, 1), date(2100, 1, 1)),
        missing=None,
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
