"""Proxies (委托投票): appoint one, answer, withdraw, read the authorisation.

A proxy casts by ``ballots.cast`` like everybody: ``rights.list`` names his rights with the
capacity ``proxy`` and the appointment. Signed papers come in by their page, with the picture.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyramid.response import Response
from pyramid.traversal import resource_path

from content_types.api import steps
from content_types.api.meetings import MEETING, meeting_of
from content_types.owner_register import identity
from content_types.proxy_appointment import appointing, book
from content_types.proxy_appointment.views import SHOWN, send_document
from portal.api.listing import newest_first, time
from portal.api.operations import operation
from portal.api.schema import (
    FLAG,
    NAME,
    TIME,
    array,
    maybe,
    one_of,
    personal,
    record,
    text,
    whole,
)
from portal.errors import PortalError
from portal.security import Permission, permits

PROXIES = f"{MEETING}/proxies"
PROXY = f"{PROXIES}/{{proxy}}"
APPOINTMENT = record(
    {
        "id": NAME,
        "side": one_of(("given", "received", "other")),
        "state": text(),
        "on_paper": FLAG,
        "until": TIME,
        "accepted_at": maybe(TIME),
        "cancelled_at": maybe(TIME),
        "motions": array(NAME),  # empty: all of them
        "written": personal(record({name: text() for name in SHOWN})),
        "sha256": text(),
        "sm3": text(),
        "ballots": whole(),
        "steps": array(text()),
        "path": text(),
    }
)


def appointment_of(request: Any) -> Any:
    """Return the appointment of the address."""
    name = request.matchdict["proxy"]
    return steps.part_of(meeting_of(request), name, "proxy_appointment", request)


def _appointment(item: Any, request: Any) -> dict[str, Any]:
    written = item.document(request.vault)
    sides = {item.creator: "given", item.addressee: "received"}
    return {
        "id": item.__name__,
        "side": sides.get(request.account_id, "other"),
        "state": item.workflow_state,
        "on_paper": item.paper is not None,
        "until": time(item.until),
        "accepted_at": time(item.accepted_at),
        "cancelled_at": time(item.cancelled_at),
        "motions": list(item.matters),
        "written": {name: written[name] for name in SHOWN},
        "sha256": item.sha256,
        "sm3": item.sm3,
        "ballots": len(book.cast_under(item)),
        "steps": steps.possible(item, request),
        "path": resource_path(item),
    }


@operation("proxies.list", "GET", PROXIES, answer=record({"items": array(APPOINTMENT)}), login=True)
def list_appointments(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the appointments the caller gave or received in a meeting, newest first."""
    meeting, person = meeting_of(request), request.account.subject_token
    mine = [*book.given_by(meeting, person), *book.given_to(meeting, person)] if person else []
    return {"items": [_appointment(one, request) for one in newest_first(mine)]}


@operation("proxies.show", "GET", PROXY, answer=APPOINTMENT, login=True)
def show_appointment(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return an appointment to its parties and to the convenor."""
    return _appointment(appointment_of(request), request)


@operation(
    "proxies.appoint",
    "POST",
    PROXIES,
    body=record(
        {
            "phone": text(30, minLength=1),
            "name": text(80, minLength=1),
            "id_kind": one_of(identity.KINDS),
            "id_number": text(40, minLength=1),
            "motions": array(NAME, 100),
            "powers": text(300, minLength=1),
            "until": TIME | {"maxLength": 40},
        },
        optional=("motions",),
    ),
    answer=APPOINTMENT,
    status=201,
    login=True,
    refusals=(409,),
)
def appoint(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Let the caller appoint a verified person to vote for him."""
    meeting = meeting_of(request)
    if not permits(meeting, Permission.PROXY_APPOINT, request.principals):
        raise meeting.rules(request.registry).refuse("not_owner")
    appointing.check_offered(meeting, request)
    steps.check_fresh(request)
    known = {motion.__name__ for motion in meeting.motions()}
    wanted = frozenset(given.get("motions", ()))
    if not wanted <= known:
        raise PortalError("api.invalid.enum", field="motions", name="motions")
    values = given | {"matters": wanted, "until": _instant(given["until"])}
    return _appointment(appointing.appoint(meeting, request, values), request)


def _instant(written: str) -> datetime:
    """Return an RFC 3339 time as aware UTC instant; refuses what names no zone."""
    try:
        found = datetime.fromisoformat(written)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PortalError("api.invalid.pattern", field="until", name="until")


@operation(
    "proxies.step",
    "POST",
    f"{PROXY}/steps",
    body=steps.body_of("accept", "decline", "cancel", "confirm_paper", "refuse_paper"),
    answer=APPOINTMENT,
    login=True,
    refusals=(409,),
)
def take_step(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Accept or decline as proxy, withdraw as owner, check a signed paper as convenor."""
    item = appointment_of(request)
    steps.take(item, given, request)
    return _appointment(item, request)


@operation(
    "proxies.document",
    "GET",
    f"{PROXY}/document",
    answer={"type": "string", "contentMediaType": "application/pdf"},
    gives="application/pdf",
    login=True,
)
def send_authorisation(request: Any, given: dict[str, Any]) -> Response:
    """Send the written authorisation; its SHA-256 is the one in the audit log."""
    return send_document(appointment_of(request), request)
