"""Opening and closing the vote (投票开启与截止): freeze the roll, log the rules, shut the gate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content_types.meeting import figures, roll, scope, timeline
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.evidence import handover
from content_types.meeting.roll import meeting_id
from content_types.meeting.trustees.steps import sealing_of
from portal import clock
from portal.content import by_oid, oid
from portal.evidence import records
from portal.evidence.canonical import Record, canonical
from portal.rules import profile_files
from portal.rules.days import local_date
from portal.rules.decision import AppliedRule, select_rule
from portal.workflow import guard, on_transition


def rule_of(motion: Any, meeting: Any, registry: Any) -> AppliedRule:
    """Return the counting rule of a motion by the law of the opening day (CN-278)."""
    day = local_date(meeting.voting_opens_at)
    rules = meeting.rules(registry)
    return select_rule(rules, motion.matter, day, item=motion.item, advisory=motion.advisory)


def seats_of(motion: Any) -> int:
    """Return how many options may win; 0 for a plain yes or no."""
    return max(motion.seats, 1) if motion.options else 0


@guard("roll_sound")
def roll_sound(item: Any, request: Any) -> bool:
    """The register gives a roll, and the law names a counting rule for every motion."""
    uses = item.rules(request.registry).voting_uses.value
    for motion in item.motions():
        rule_of(motion, item, request.registry)
    return bool(roll.rights_among(scope.units_in(item), uses))


@on_transition("meeting.open_voting")
def open_box(event: Any) -> None:
    """Freeze the roll and log settings and roll commitment before the first ballot (EV-6.4.3)."""
    meeting, request = event.item, event.request
    registry, now = request.registry, clock.now()
    profile = meeting.rules(registry)
    digest = f"sha256:{profile_files.digest(profile)}"
    frozen = handover.roll_of(meeting, request)
    sealing, suite = sealing_of(meeting, request), profile.ballot_suite.value
    name, secret = meeting_id(meeting), meeting.ballot_mode == "secret"
    if secret:
        registry.cover(name).create()
    box = BallotBox(name, frozen, digest, registry.kek, sealing, suite, secret=secret)
    box.use_signing_key(registry.meeting_keys.create(name, now))
    if figures.shows_figures(meeting, registry):
        box.figures = figures.Figures(profile.publication_group.value)
    commitment = records.roll_commitment(box.meeting_id, list(frozen.entries()))
    for record in (settings_of(meeting, request, box), commitment):
        box.log.append(canonical(record))
    box.log.head(box.signer(registry), now)
    meeting.ballot_box = box
    meeting.remember(event.actor, "roll_frozen", units=frozen.units, heads=frozen.heads)


@on_transition("meeting.close_voting")
def close_box(event: Any) -> None:
    """Shut the gate, so that no ballot commits any more, and promise the count."""
    event.item.ballot_box.gate.is_open = False
    event.request.site.outbox.put(count_job(event.item), {"meeting": oid(event.item)})


def count_job(meeting: Any) -> str:
    """Return the job that leads to the count: secret ballots are mixed before it."""
    return "meeting.mix" if meeting.ballot_box.is_covered else "meeting.count"


def settings_of(meeting: Any, request: Any, box: BallotBox) -> Record:
    """Return the settings of the vote for the log."""
    profile = meeting.rules(request.registry)
    return records.settings_record(
        box.meeting_id,
        community=meeting.community.title,
        title=meeting.title,
        opens_at=meeting.voting_opens_at,
        closes_at=meeting.voting_closes_at,
        profile={"id": profile.id, "version": profile.version, "digest": box.profile_digest},
        sealing=box.sealing,
        mode=meeting.ballot_mode,
        step=0 if box.figures is None else box.figures.step,
        motions=[
            records.motion_settings(
                motion.spec(),
                motion.title,
                list(motion.labels(request).values()),
                rule_of(motion, meeting, request.registry),
                seats=seats_of(motion),
                order=profile.election_order.value,
                tie=profile.election_tie.value,
                amount=motion.amount_fen,
                scope=motion.scope_units,
                explanation=motion.explanation(),
                files=[f"sha256:{stored.sha256}" for stored in motion.files()],
            )
            for motion in meeting.motions()
        ],
        notices=notices_of(meeting, request),
        deadlines=deadlines_of(meeting, request.registry, until=clock.now()),
    )


def notices_of(meeting: Any, request: Any) -> list[Record]:
    """Return the public notice with the digest of its text."""
    notice = by_oid(request.site, meeting.notice_oid) if meeting.notice_oid else None
    if notice is None:
        return []
    posted = notice.published_at or meeting.noticed_at
    return [
        records.notice(notice.__name__, notice.title, notice.kind, posted, notice.body.encode())
    ]


def deadlines_of(
    meeting: Any, registry: Any, *, since: datetime | None = None, until: datetime
) -> list[Record]:
    """Return the statutory dates of a span of time with what was done about each."""
    found = []
    for one in timeline.known(meeting, registry)[0]:
        if one.kind == "latest" and one.at <= until and not (since and one.at <= since):
            actual = timeline.settled_at(meeting, one.key)
            found.append(records.deadline(one.key, one.clause, "not_after", one.at, actual))
    return found
