"""Confirming the totals (核对确认): units, owners and area before a launch (SZ-7.2)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.community import Community, Confirmation
from portal import audit, clock
from portal.forms import Field, Form, FormSchema
from portal.i18n import message
from portal.rules import heads
from portal.security import Permission


class ConfirmSchema(FormSchema):
    """The convenor confirms each of the three by itself (SZ-7.2)."""

    units = Field(
        colander.Boolean(),
        title=message("confirmation.units"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="public",
    )
    heads = Field(
        colander.Boolean(),
        title=message("confirmation.heads"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="public",
    )
    area = Field(
        colander.Boolean(),
        title=message("confirmation.area"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="public",
    )


def present_totals(community: Community, uses: Any) -> tuple[int, heads.Measure]:
    """Return the number of voting units and the two denominators as the register stands."""
    rows = heads.voting_units(community["owners"].rows(), uses)
    return len(rows), heads.denominators(rows)


def is_current(community: Community, uses: Any) -> bool:
    """Say whether the confirmed totals are still those of the register."""
    confirmed = community.confirmation
    if confirmed is None:
        return False
    units, measure = present_totals(community, uses)
    return (confirmed.units, confirmed.heads, confirmed.area) == (
        units,
        measure.heads,
        measure.area,
    )


def confirm_totals(community: Community, request: Any) -> None:
    """Take the totals of the register as confirmed by the asking person."""
    uses = request.registry.profiles[community.profile_id].voting_uses.value
    units, measure = present_totals(community, uses)
    community.confirmation = Confirmation(
        units, measure.heads, measure.area, request.account_id, clock.now()
    )
    community.project_status = "completed"
    figures = {"units": units, "heads": measure.heads, "area": measure.area}
    community.remember(request.account_id, "confirmed", after=figures)
    audit.record(request, "community.confirm", community, after=figures)


@view_config(
    context=Community,
    name="confirm",
    renderer="skins:default/confirm.pt",
    permission=Permission.COMMUNITY_CONFIRM.value,
)
def confirm(context: Community, request: Any) -> Any:
    """Show the totals and take the convenor's confirmation."""
    uses = request.registry.profiles[context.profile_id].voting_uses.value
    form = Form(ConfirmSchema(), request, button="confirmation.button")
    if request.method == "POST" and form.validate() is not None:
        confirm_totals(context, request)
        request.session.flash(["success", "confirmation.done"])
        return HTTPSeeOther(request.resource_url(context))
    units, measure = present_totals(context, uses)
    return {
        "item": context,
        "form": form.render(),
        "units": units,
        "heads": measure.heads,
        "area": measure.area,
        "confirmation": context.confirmation,
        "current": is_current(context, uses),
    }
