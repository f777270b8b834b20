"""Training (宣传与培训): what a district taught and announced, when and to whom (SZ-4.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

import colander
from deform.widget import TextAreaWidget, TextInputWidget
from pyramid.view import view_config

from content_types.office import DEPARTMENTS, Office
from content_types.office_notice import notices_of
from portal import clock, present
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Added, Edited
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.law import rules_at
from portal.layout import Layout
from portal.security import Permission, Role

KINDS = ("training", "publicity")
MOST_PEOPLE = 100_000


class TrainingSchema(FormSchema):
    """What the district enters after a training or a publicity event; no names of people."""

    title = Field(
        colander.String(),
        title=message("training.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    kind = Field(
        colander.String(),
        title=message("training.field.kind"),
        **select(choices((kind, f"training.kind.{kind}") for kind in KINDS)),
        data_class="public",
    )
    held_on = Field(
        colander.Date(),
        title=message("training.field.held_on"),
        widget=TextInputWidget(template="date"),
        validator=colander.Range(date(2000, 1, 1), date(2100, 1, 1)),
        data_class="public",
    )
    audience = Field(
        colander.String(),
        title=message("training.field.audience"),
        description=message("training.field.audience_help"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    people = Field(
        colander.Integer(),
        title=message("training.field.people"),
        validator=colander.Range(1, MOST_PEOPLE),
        data_class="public",
    )
    description = Field(
        colander.String(),
        title=message("training.field.description"),
        widget=TextAreaWidget(rows=6),
        missing="",
        validator=colander.Length(max=5000),
        data_class="public",
    )


@content_type(
    "training",
    schema=TrainingSchema,
    template="skins:default/training.pt",
    addable_to=("office",),
    add_permission=Permission.TRAINING_ADD,
)
class Training(ContentItem):
    """Stands in its office for everybody to read; a mistake is edited, nothing is deleted."""

    # The district keeps its own records; its officers have the role at the office they lie in.
    access = {Permission.EDIT.value: (Role.DISTRICT_OFFICER,)}  # noqa: RUF012 - constant

    title = ""
    kind = KINDS[0]
    held_on: date | None = None
    audience = ""
    people = 0
    description = ""


def trainings_of(office: Any) -> list[Training]:
    """Return the records of an office, the newest event first."""
    found = [one for one in office.values() if one.content_type_name == "training"]
    return sorted(found, key=lambda one: (one.held_on, one.__name__), reverse=True)


@view_config(context=Office, renderer="skins:default/office.pt", permission=Permission.VIEW.value)
def show_office(context: Office, request: Any) -> dict[str, Any]:
    """Show an office with the offices below it and its trainings (SZ-4.2)."""
    layout = Layout(request, context)
    trainings = trainings_of(context)
    return {
        "item": context,
        "trainings": [
            {
                "title": one.title,
                "url": layout.url(one),
                "meta": [
                    layout.translate(f"training.kind.{one.kind}"),
                    layout.date(one.held_on),
                    one.audience,
                    layout.translate("training.people", people=one.people),
                ],
            }
            for one in trainings
        ],
        "notices": [
            present.line(one, layout, layout.date(one.published_at))
            for one in notices_of(context, "published")
        ],
        "drafts": [
            present.line(one, layout)
            for one in notices_of(context, "draft")
            if layout.may_view(one)
        ],
        "departmental": context.kind in DEPARTMENTS,
        "sum": layout.translate(
            "training.sum", number=len(trainings), people=sum(one.people for one in trainings)
        ),
    }


def refuse_future(event: Added | Edited) -> None:
    """A record tells what was, so it lies in no future."""
    item = event.item
    if item.content_type_name == "training" and item.held_on > clock.local(clock.now()).date():
        clause = rules_at(item, event.request.registry).clauses["training"]
        raise PortalError("training.not_held_yet", field="held_on", clause=clause)


def includeme(config: Any) -> None:
    """Register the check of records."""
    config.add_subscriber(refuse_future, Added)
    config.add_subscriber(refuse_future, Edited)
