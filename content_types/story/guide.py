"""What the demo tells whoever starts it (演示说明): who can log in, and what to try as whom."""

from __future__ import annotations

from typing import Any

from content_types.story.neighbours import proxy_unit
from content_types.story.places import HAITANG, PLACES, RONGSHU, Place
from content_types.story.service import first_request
from content_types.story.town import community, person_of, phone_of

SERVICE = "service"


def accounts(request: Any) -> list[tuple[str, str]]:
    """Return the log-in names that have the password, with who that is."""
    found = []
    for place in PLACES.values():
        for login, role, where in place.staff:
            at = "" if where == "site" else f" · {place.title}"
            found.append((login, f"{role}{at}"))
        for code in place.owners + place.neighbours:
            unit = community(request, place)["owners"].unit(code)
            found.append((phone_of(request, place, code), f"owner · {place.title} {unit.label}"))
    return found


def tries(request: Any) -> list[tuple[str, str]]:
    """Return what to try, each with the log-in name, or nothing where none is needed."""
    voting, tablet = _path(request, HAITANG, "voting"), _path(request, RONGSHU, "voting")
    secret, archived = _path(request, RONGSHU, "published"), _path(request, HAITANG, "archived")
    desk = request.resource_path(community(request, HAITANG)["service"])
    repair = request.resource_path(first_request(request, HAITANG))
    owner, *_ = HAITANG.owners
    neighbour, *_ = HAITANG.neighbours
    stranger = person_of(request, RONGSHU, RONGSHU.strangers[0])
    helped = (
        f"open a tablet at {tablet}kiosk and enter its code in another browser, without log-in, "
        f"at {tablet}terminal; then let this owner vote on it: {stranger['name']}, resident ID "
        f"{stranger['id_number']}"
    )
    return [
        (phone_of(request, HAITANG, owner), f"vote and keep the voucher: {voting}"),
        (
            phone_of(request, HAITANG, proxy_unit(HAITANG)),
            f"vote for a neighbour who appointed you; accept or decline another: {voting}proxy",
        ),
        (
            phone_of(request, HAITANG, neighbour),
            f"withdraw the appointment while your proxy has not voted: {voting}proxy",
        ),
        (HAITANG.convenor, f"see turnout and forecast, print the poster: {voting}"),
        (HAITANG.street, "see the work list: /queue"),
        (SERVICE, f"take a repair; read what owners said of the service: {desk}"),
        (phone_of(request, HAITANG, owner), f"confirm a repair, or send it back: {repair}"),
        (RONGSHU.convenor, helped),
        ("", f"see the result of a secret vote, after its ballots were mixed: {secret}result"),
        ("", f"check the package of a result at /verify: {archived}result"),
    ]


def _path(request: Any, place: Place, state: str) -> str:
    """Return the address of the meeting of a place that is in a state."""
    meetings = community(request, place)["meetings"].values()
    found = next(one for one in meetings if one.workflow_state == state)
    return str(request.resource_path(found))
