"""Pages of the ratings (评价物业页面): rate once, read what came of the periods that are over."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextAreaWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.service import ServiceDesk
from content_types.service.order import own_units, sees_all
from content_types.service.rating import ITEMS, current_period, open_units, published, rate
from portal.forms import Field, Form, FormSchema, choices, offer, select
from portal.i18n import message
from portal.layout import Layout
from portal.rules.service_rating import HIGHEST, LOWEST
from portal.security import Permission

SCORES = tuple(str(score) for score in range(HIGHEST, LOWEST - 1, -1))


class RatingSchema(FormSchema):
    """The unit, a score for each item, and words."""

    unit_code = Field(
        colander.String(), title=message("rating.field.unit_code"), data_class="internal"
    )
    comment = Field(
        colander.String(),
        title=message("rating.field.comment"),
        description=message("rating.field.comment_help"),
        widget=TextAreaWidget(rows=4),
        validator=colander.Length(max=500),
        missing="",
        data_class="internal",
    )


def _schema(units: list[Any]) -> Any:
    """Return the form for the units that have not rated, with the items before the words."""
    schema = RatingSchema()
    offer(schema["unit_code"], ((unit.code, unit.label) for unit in units))
    scores = choices((("", "bind.please"), *((one, f"rating.score.{one}") for one in SCORES)))
    for item in ITEMS:
        title = message(f"rating.item.{item}")
        score = Field(
            colander.String(), name=item, title=title, data_class="internal", **select(scores)
        )
        schema.add_before("comment", score)
    return schema


@view_config(
    context=ServiceDesk,
    name="rate",
    renderer="skins:default/service_rate.pt",
    permission=Permission.SERVICE_RATE.value,
)
def rate_service(context: ServiceDesk, request: Any) -> Any:
    """Show and take the rating of this period, one unit after the other."""
    layout = Layout(request, context)
    units = open_units(context, request)
    form = Form(_schema(units), request, button="rating.send") if units else None

    def act(values: dict[str, Any]) -> None:
        scores = tuple(int(values[item]) for item in ITEMS)
        rate(context, values["unit_code"], scores, values["comment"], request)

    if form is not None and form.take(act):
        request.session.flash(["success", "rating.done"])
        return HTTPSeeOther(request.resource_url(context, "ratings"))
    if form is None and request.method == "POST":
        request.response.status_int = 409
    return {
        "item": context,
        "form": None if form is None else form.render(),
        "bound": bool(own_units(request, context.community)),
        "period": _days(current_period(request), layout),
        "least": request.registry.rating_least,
    }


@view_config(
    context=ServiceDesk,
    name="ratings",
    renderer="skins:default/service_ratings.pt",
    permission=Permission.VIEW.value,
)
def show_ratings(context: ServiceDesk, request: Any) -> dict[str, Any]:
    """Show the means of every period that is over; the words only to who deals with them."""
    layout = Layout(request, context)
    found = published(context)
    may_rate = layout.may(context, Permission.SERVICE_RATE)
    return {
        "item": context,
        "items": [layout.translate(f"rating.item.{item}") for item in ITEMS],
        "periods": [(_days((one.first, one.last), layout), one.means) for one in found],
        "comments": [
            (_days((one.first, one.last), layout), one.comments)
            for one in found
            if one.comments and sees_all(context, layout)
        ],
        "may_rate": may_rate and bool(open_units(context, request)),
        "current": _days(current_period(request), layout),
        "days": request.registry.service_keep_days,
        "least": request.registry.rating_least,
    }


def _days(period: tuple[Any, Any], layout: Layout) -> str:
    return f"{layout.date(period[0])} — {layout.date(period[1])}"
