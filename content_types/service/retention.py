"""What the service desk lets go of, and when (保存期限): requests, ratings, a person who leaves.

See docs/decisions/0087-what-the-service-desk-lets-go.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from content_types.service import ServiceDesk, desks
from content_types.service.order import SETTLED, ServiceRequest, own_units
from content_types.service.rating import current_period, has_rated, name_of, settle
from portal import catalog, clock, workflow
from portal.apart import each_apart
from portal.closing import PersonForgotten
from portal.job_registry import periodic
from portal.workflow import on_transition

AT_ONCE = 10_000
# A rating that was sent in the last minute of a period may still be on its way.
GRACE = timedelta(hours=1)


@periodic(seconds=3600)
def let_go_in_time(request: Any, now: datetime) -> None:
    """Forget requests whose time is over; settle the periods of rating that ended."""
    end = now - timedelta(days=request.registry.service_keep_days)
    found = catalog.find(
        request,
        types=("service_request",),
        states=SETTLED,
        modified=(None, int(end.timestamp())),
        limit=AT_ONCE,
        everything=True,
    )
    due = [item for item in found if item.state_since <= end]
    each_apart(request, due, lambda item: forget(item, request))
    each_apart(request, desks(request), lambda desk: settle_rounds(desk, request, now, end))


def settle_rounds(desk: ServiceDesk, request: Any, now: datetime, end: datetime) -> None:
    """Settle the periods that are over, and drop the words of those settled before an instant."""
    today = clock.local(now - GRACE).date()
    for book in (desk.rounds or {}).values():
        if book.settled_at is None and book.last < today:
            settle(book, request)
        elif book.comments and book.settled_at <= end:
            book.comments = ()


def forget(item: ServiceRequest, request: Any) -> None:
    """Take text, pictures, unit and person out of a request; what it was about stays."""
    workflow.transition(item, "forget", request, system=True)


@on_transition("service_request.forget")
def empty(event: Any) -> None:
    """Delete what is personal in a request."""
    item = event.item
    for file in item.files():
        item.detach(file.id)
    item.place = item.text = item.unit_code = ""
    item.forget_said()


def forget_person(event: PersonForgotten) -> None:
    """Forget the requests of an account that is closed; what it rated cannot be told any more."""
    if not event.whole:
        return
    for desk in desks(event.request):
        for item in desk.values():
            if item.creator == event.account.id:
                forget(item, event.request)


def own_ratings(request: Any) -> list[dict[str, str]]:
    """Return which of the asking person's units have rated in this period, for the own data."""
    period = current_period(request)
    return [
        {"community": desk.community.title, "unit": unit.label, "period": name_of(period)}
        for desk in desks(request)
        for unit in own_units(request, desk.community)
        if has_rated(desk, name_of(period), unit, request)
    ]


def includeme(config: Any) -> None:
    """Register the subscriber."""
    config.add_subscriber(forget_person, PersonForgotten)
