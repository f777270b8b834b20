"""Neighbours of the story (委托): two owners ask a third one to vote for them.

He has accepted the first appointment and can vote; the second one waits for his answer.
"""

from __future__ import annotations

from typing import Any

from content_types.proxy_appointment.appointing import appoint as appoint_by
from content_types.story.acting import Stage
from content_types.story.places import Place
from content_types.story.town import person_of, phone_of
from portal import workflow

POWERS = "由受托人代为投票，由其自行决定。"


def proxy_unit(place: Place) -> str:
    """Return the unit of the owner whom the neighbours ask."""
    return place.owners[-1]


def appoint(stage: Stage, place: Place, meeting_of: Any) -> None:
    """Let the neighbours appoint the owner, and him accept the first appointment."""

    def ask(request: Any) -> str:
        meeting, proxy = meeting_of(request), person_of(request, place, proxy_unit(place))
        values = {key: proxy[key] for key in ("name", "id_kind", "id_number", "phone")}
        values |= {"powers": POWERS, "matters": frozenset(), "until": meeting.voting_closes_at}
        return str(appoint_by(meeting, request, values).__name__)

    def accept(request: Any, name: str) -> None:
        workflow.transition(meeting_of(request)[name], "accept", request)

    phones = [stage.run(lambda r, code=code: phone_of(r, place, code)) for code in place.neighbours]
    first, *_ = [stage.run(ask, phone) for phone in phones]
    proxy = stage.run(lambda request: phone_of(request, place, proxy_unit(place)))
    stage.run(lambda request: accept(request, first), proxy)
    stage.settle()
