"""Voting (投票): rights, ballots, vouchers, turnout and the result, as the pages give them."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyramid.traversal import resource_path

from content_types.api import steps
from content_types.api.meetings import MEETING, meeting_of
from content_types.meeting import casting, eligibility, figures, panels, standing, turnout
from content_types.meeting.paper.opening import taking_part
from content_types.meeting.voucher_views import voucher_right
from portal.api.listing import text_of, time
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
from portal.errors import Forbidden, NotFoundError
from portal.layout import Layout
from portal.rules.number import percent
from portal.security import Permission, permits

RIGHT = record(
    {
        "key": text(),
        "units": personal(array(text())),
        "area": personal(whole()),
        "allowed": FLAG,
        "cast": FLAG,
        "capacity": text(),
        "authority": text(),
        "reason": text(),
        "message": text(),
        "clause": text(),
    }
)
MEASURE = record({"done": whole(), "all": whole(), "percent": text()})

FIGURES = record(
    {
        "step": whole(1),
        "ballots": whole(),
        "at": maybe(TIME),
        "motions": array(
            record(
                {
                    "motion": NAME,
                    "title": text(),
                    "votes": array(record({"option": text(), "label": text(), "votes": whole()})),
                }
            )
        ),
    }
)


@operation(
    "rights.list",
    "GET",
    f"{MEETING}/rights",
    answer=record({"items": array(RIGHT), "allowed": FLAG, "message": text(), "clause": text()}),
    login=True,
)
def list_rights(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Say for each voting right of the caller whether he may cast it now, else why not."""
    meeting = meeting_of(request)
    profile = meeting.rules(request.registry)
    claims = eligibility.claims(meeting, request, request.account)
    lines = [_right(one, meeting, request) for one in claims]
    allowed = any(line["allowed"] for line in lines)
    told = {"message": "", "clause": ""}
    if not lines:
        refusal = profile.refusals[eligibility.without_right(meeting, request.account)]
        told = {"message": text_of(request, refusal.message), "clause": refusal.clause}
    elif not allowed:
        told = {key: lines[0][key] for key in told}
    return {"items": lines, "allowed": allowed, **told}


def _right(one: Any, meeting: Any, request: Any) -> dict[str, Any]:
    box, answer = meeting.ballot_box, one.answer
    allowed = one.allowed and meeting.workflow_state == "voting"
    if one.allowed and not allowed:
        reason = "not_open" if box is None else "closed"
        told = meeting.rules(request.registry).refusals[reason]
        message, clause = told.message, told.clause
    else:
        reason, message, clause = answer.reason, answer.message, answer.clause
    return {
        "key": one.right.key if box is not None else "",
        "units": list(one.covered if one.allowed else one.right.units),
        "area": one.right.area_of(one.covered) if one.allowed else one.right.area,
        "allowed": allowed,
        "cast": box is not None and box.slots[one.right.key].is_cast,
        # In whose right: owner, co_owner, representative, agent or proxy, then the appointment.
        "capacity": answer.capacity or "",
        "authority": one.authority.__name__ if one.authority is not None else "",
        "reason": reason,
        "message": text_of(request, message) if message else "",
        "clause": clause,
    }


@operation(
    "ballots.cast",
    "POST",
    f"{MEETING}/ballots",
    body=record(
        {
            "right": text(20, minLength=1),
            "nonce": {"type": "string", "pattern": "^[0-9a-f]{32}$", "maxLength": 32},
            "choices": {
                "type": "object",
                "propertyNames": NAME,
                "maxProperties": 100,
                "additionalProperties": array(text(20), 100),
            },
        }
    ),
    answer=record(
        {"right": text(), "cast_at": TIME, "voucher": {"type": "object"}, "path": text()}
    ),
    status=201,
    login=True,
    refusals=(409,),
)
def cast_ballot(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Cast a ballot and return its voucher; the same nonce again returns the same voucher."""
    meeting = meeting_of(request)
    if not permits(meeting, Permission.BALLOT_CAST, request.principals):
        raise meeting.rules(request.registry).refuse(_closed_because(meeting))
    steps.check_fresh(request)
    told = partial(_receipt, key=given["right"])
    return casting.submit(
        meeting, given["right"], given["choices"], request, nonce=given["nonce"], told=told
    )


def _receipt(meeting: Any, request: Any, key: str) -> dict[str, Any]:
    right = meeting.ballot_box.roll.rights[key]
    return {
        "right": right.key,
        "cast_at": time(meeting.ballot_box.slots[key].cast_at),
        "voucher": casting.voucher_of(meeting, right, request),
        "path": resource_path(meeting, "voucher", right.key),
    }


def _closed_because(meeting: Any) -> str:
    if meeting.workflow_state == "voting":
        return "not_owner"
    return "not_open" if meeting.ballot_box is None else "closed"


@operation(
    "vouchers.show",
    "GET",
    f"{MEETING}/vouchers/{{right}}",
    answer={"type": "object"},
    login=True,
)
def show_voucher(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the voucher of a ballot of the caller or of his co-owner, with proof when logged."""
    meeting = meeting_of(request)
    right = voucher_right(meeting, request, request.matchdict["right"])
    return casting.voucher_of(meeting, right, request)


@operation(
    "turnout.show",
    "GET",
    f"{MEETING}/turnout",
    answer=record(
        {"ballots": whole(), "heads": MEASURE, "area": MEASURE, "figures": maybe(FIGURES)}
    ),
    login=True,
    refusals=(403,),
)
def show_turnout(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return how many took part so far, to those who may know; areas in 0.01 m².

    ``figures`` are votes per option of a vote that shows them while it is open, of the first
    ``ballots`` ballots; they change after ``step`` new ones or more, and the operator sees them.
    """
    meeting = meeting_of(request)
    if not turnout.may_see(meeting, request, Layout(request, meeting)):
        clause = meeting.rules(request.registry).progress_audience.clause
        raise Forbidden("api.turnout_closed", clause=clause)
    box = meeting.ballot_box
    part = taking_part(meeting)
    measures = zip(("heads", "area"), part, box.roll.totals, strict=True)
    return {"ballots": part.heads, "figures": _figures(meeting, request)} | {
        name: {"done": done, "all": total, "percent": percent(done, total)}
        for name, done, total in measures
    }


def _figures(meeting: Any, request: Any) -> dict[str, Any] | None:
    shown = figures.visible(meeting)
    if shown is None:
        return None
    return {
        "step": shown.step,
        "ballots": shown.ballots,
        "at": time(shown.at),
        "motions": figures.rows(meeting, shown, request) if shown.at else [],
    }


@operation(
    "results.show",
    "GET",
    f"{MEETING}/result",
    answer=record(
        {
            "version": whole(1),
            "standing": one_of(standing.KINDS),
            "standing_text": text(),
            "digest": text(),
            "counted_at": TIME,
            "published_at": maybe(TIME),
            "motions": array(
                record({"id": NAME, "title": text(), "outcome": text(), "carried": FLAG})
            ),
            "record": {"type": "object"},
        }
    ),
)
def show_result(request: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome of each motion and the record it was logged with, once it is public."""
    meeting = meeting_of(request)
    layout = Layout(request, meeting)
    result = panels.visible_result(meeting, layout)
    if result is None:
        clause = meeting.rules(request.registry).interim_option_tally.clause
        raise NotFoundError("api.result_closed", clause=clause)
    carried = result.verdicts()
    return {
        "version": result.version,
        "standing": standing.standing_of(meeting, result).kind,
        "standing_text": standing.words(meeting, result, layout),
        "digest": result.digest,
        "counted_at": time(result.counted_at),
        "published_at": time(meeting.result_published_at),
        "motions": [
            {
                "id": row["motion"],
                "title": motion["title"],
                "outcome": result.verdict_text(motion, row, layout),
                "carried": carried[row["motion"]],
            }
            for motion, row in result.motions()
        ],
        "record": result.record,
    }
