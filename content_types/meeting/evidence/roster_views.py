"""Handing the roster to the notary (名册提交公证): freeze, download, note the receipt."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.evidence import handover
from portal import audit
from portal.files import disposition
from portal.forms import Field, Form, FormSchema, LocalDateTime, LocalDateTimeWidget
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission
from portal.views.again import fresh_or_redirect


class ReceiptSchema(FormSchema):
    """What the convenor enters from the notary's receipt."""

    notary = Field(
        colander.String(),
        title=message("roster.field.notary"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    receipt = Field(
        colander.String(),
        title=message("roster.field.receipt"),
        validator=colander.Length(max=60),
        data_class="public",
    )
    received_at = Field(
        LocalDateTime(),
        title=message("roster.field.received_at"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )


@view_config(
    context=Meeting,
    name="roster",
    renderer="skins:default/roster.pt",
    permission=Permission.MEETING_RUN.value,
    http_cache=0,
)
def show_roster(context: Meeting, request: Any) -> Any:
    """Show where the hand-over stands; take the receipt (EV-4.1.6)."""
    layout = Layout(request, context)
    form = Form(ReceiptSchema(), request, button="roster.note")
    if form.take(lambda values: handover.note_receipt(context, request, **values)):
        request.session.flash(["success", "roster.noted"])
        return HTTPSeeOther(layout.url(context, "roster"))
    given = context.handover
    open_ = context.workflow_state in handover.OPEN
    rule = context.rules(request.registry).roster_to_notary
    return {
        "item": context,
        "asked": rule.value,
        "clause": rule.clause,
        "given": given,
        "current": given is not None and (not open_ or handover.is_current(context, request)),
        "facts": _facts(given, layout),
        "open": open_,
        "form": form.render() if open_ and given is not None else "",
        "prepare_url": layout.url(context, "prepare-roster"),
        "file_url": layout.url(context, "roster.zip"),
    }


@view_config(
    context=Meeting,
    name="prepare-roster",
    request_method="POST",
    permission=Permission.MEETING_RUN.value,
)
def prepare_roster(context: Meeting, request: Any) -> Any:
    """Freeze the roster for the notary."""
    handover.prepare(context, request)
    request.session.flash(["success", "roster.prepared"])
    return HTTPSeeOther(request.resource_path(context, "roster"))


@view_config(context=Meeting, name="roster.zip", permission=Permission.MEETING_RUN.value)
def send_roster(context: Meeting, request: Any) -> Any:
    """Send the roster with the owners' names; needs a fresh log-in and is logged (SZ-28)."""
    if context.handover is None:
        raise HTTPNotFound
    again = fresh_or_redirect(request)
    if again is not None:
        return again
    data = handover.archive_of(context, context.handover.roll, request)
    audit.record(request, "meeting.roster_exported", context, units=context.handover.roll.units)
    response = Response(data, content_type="application/zip")
    response.headers["Content-Disposition"] = disposition(f"{context.__name__}-roster.zip")
    return response


def _facts(given: Any, layout: Layout) -> list[tuple[str, str]]:
    if given is None:
        return []
    say = layout.translate
    found = [
        (say("roster.prepared_at"), layout.time(given.prepared_at)),
        (say("totals.heads"), str(given.roll.heads)),
        (say("totals.area"), layout.area(given.roll.area)),
        *((one.partition(":")[0].upper(), one) for one in given.digests),
    ]
    if given.received_at is not None:
        found += [
            (say("roster.field.notary"), given.notary),
            (say("roster.field.receipt"), given.receipt),
            (say("roster.field.received_at"), layout.time(given.received_at)),
        ]
    return found
