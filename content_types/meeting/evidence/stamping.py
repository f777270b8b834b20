"""Outside time stamps on the log (可信时间戳): at opening, daily, close and result."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.meeting.sequencing import sequence
from portal import audit, catalog
from portal.content import by_oid, oid
from portal.evidence.stamps import TimeStamper
from portal.outbox import job, periodic
from portal.rules.days import local_date
from portal.workflow import on_transition

DAILY_SECONDS = 600
LEASE = timedelta(minutes=2)
OPENING, DAILY, CLOSE, RESULT = "opening", "daily", "close", "result"


def ask(meeting: Any, request: Any, occasion: str) -> None:
    """Promise a time stamp on the newest head; nothing waits for it."""
    if request.registry.time_stamper is not None:
        request.site.outbox.put("meeting.stamp", {"meeting": oid(meeting), "occasion": occasion})


@on_transition("meeting.open_voting")
def stamp_opening(event: Any) -> None:
    """Have settings and roll stamped before the first ballots come."""
    event.item.stamped_on = local_date(event.item.voting_opens_at)
    ask(event.item, event.request, OPENING)


@on_transition("meeting.close_voting")
def stamp_close(event: Any) -> None:
    """Have the last ballot stamped."""
    ask(event.item, event.request, CLOSE)


@on_transition("meeting.finish_count")
def stamp_result(event: Any) -> None:
    """Have the result stamped, every version of it."""
    ask(event.item, event.request, RESULT)


@periodic(seconds=DAILY_SECONDS)
def stamp_daily(request: Any, now: datetime) -> None:
    """Have every open vote stamped once a day."""
    if request.registry.time_stamper is None:
        return
    found = catalog.each(request, types=("meeting",), states=("voting",), everything=True)
    for meeting in found:
        if meeting.stamped_on is None or meeting.stamped_on < local_date(now):
            meeting.stamped_on = local_date(now)
            ask(meeting, request, DAILY)


@job("meeting.stamp", lease=LEASE, forever=True)
def stamp(request: Any, meeting: int, occasion: str) -> None:
    """Get a token on the newest head; an authority that is away is asked again later."""
    item = by_oid(request.site, meeting)
    stamper: TimeStamper | None = request.registry.time_stamper
    if item is None or item.ballot_box is None or stamper is None:
        return
    if occasion in (DAILY, CLOSE):
        sequence(item, request)
    heads = item.ballot_box.log.heads()
    position = len(heads) - 1
    # The same head twice would prove nothing more, but that the result was stamped shall show.
    if any((one.position, one.occasion) == (position, occasion) for one in item.time_stamps):
        return
    item.time_stamps = (*item.time_stamps, stamper.token(position, occasion, heads[position]))
    audit.record(request, "meeting.stamp", item, occasion=occasion, size=heads[position]["size"])
