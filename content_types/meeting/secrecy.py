"""Secret ballots (无记名投票): covered while the vote is open, mixed after it, then unlinkable.

A slot holds the sealed ballot under the cover of the meeting. After the close one transaction lays
all sealed ballots into the log in random order and empties the slots; then the key of the cover is
destroyed, and only after this keys of trustees are taken or anything is opened.
"""

from __future__ import annotations

import secrets
from typing import Any

from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.counting import CountFailure
from content_types.meeting.sequencing import sequence
from portal import audit, clock, workflow
from portal.content import by_oid, oid
from portal.errors import PortalError
from portal.evidence.canonical import EvidenceError
from portal.outbox import job

STATES = ("counting", "suspended")


@job("meeting.mix", forever=True)
def mix_ballots(request: Any, meeting: int) -> None:
    """Mix the ballots of a vote that is closed for good and promise the end of their cover."""
    item = by_oid(request.site, meeting)
    box: BallotBox | None = item.ballot_box
    if item.workflow_state not in STATES or box is None or not box.is_secret:
        return
    sequence(item, request)
    if not box.is_mixed:
        try:
            mix(box, request.registry)
        except EvidenceError as error:
            item.count_failure = CountFailure(clock.now(), str(error))
            item.remember(workflow.SYSTEM, "count_failed", comment=str(error))
            audit.record(request, "meeting.count_failed", item, reason=str(error))
            return
    request.site.outbox.put("meeting.uncover", {"meeting": meeting})


def mix(box: BallotBox, registry: Any) -> None:
    """Lay all covered ballots into the log in random order and empty the slots.

    Everything is uncovered before anything is written. EvidenceError while the gate is open, and
    when a ballot cannot be uncovered.
    """
    if box.gate.is_open:
        msg = f"the ballots of {box.meeting_id} are mixed only after the close"
        raise EvidenceError(msg)
    cover = registry.cover(box.meeting_id)
    slots = [(key, slot) for key, slot in box.slots.items() if slot.sealed]
    ballots = [cover.open(key, slot.sealed) for key, slot in slots]
    secrets.SystemRandom().shuffle(ballots)
    for ballot in ballots:
        box.take_mixed(ballot)
    for _, slot in slots:
        slot.empty()
    box.is_mixed = True
    box.log.head(box.signer(registry), clock.now())


@job("meeting.uncover", forever=True)
def end_cover(request: Any, meeting: int) -> None:
    """Destroy the key of the cover, which the committed mix has made useless, and go on."""
    item = by_oid(request.site, meeting)
    box: BallotBox = item.ballot_box
    if not box.is_mixed or box.uncovered_at is not None:
        return
    request.registry.cover(box.meeting_id).destroy()
    box.uncovered_at = clock.now()
    audit.record(request, "meeting.uncovered", item, ballots=len(box.sequence))
    request.site.outbox.put("meeting.count", {"meeting": oid(item)})


def check(meeting: Any, registry: Any) -> None:
    """Refuse a secret vote where the place does not know it, or with paper ballots."""
    if meeting.ballot_mode == "recorded":
        return
    if meeting.interim_figures:
        raise PortalError("figures.not_secret", clause="EV-7.4.3", field="interim_figures")
    rule = meeting.rules(registry).ballot_modes
    if meeting.ballot_mode not in rule.value:
        raise PortalError("secrecy.not_here", clause=rule.clause, field="ballot_mode")
    if meeting.method != "electronic":
        raise PortalError("secrecy.no_paper", clause=rule.clause, field="method")
