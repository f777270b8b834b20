"""Inviting the residents' committee to a meeting (邀请居民委员会), in time and by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content_types.meeting.procedure import people_of
from content_types.meeting.step_messages import message_values
from portal import audit, catalog, clock, notify, workflow
from portal.apart import each_apart
from portal.outbox import periodic
from portal.rules.days import local_date
from portal.security import Role

INVITATION_SECONDS = 60


@dataclass(frozen=True)
class Invitation:
    """The residents' committee was asked to attend (SZ-12.4)."""

    at: datetime
    accounts: tuple[str, ...]


@periodic(seconds=INVITATION_SECONDS)
def invite_residents_committees(request: Any, now: datetime) -> None:
    """Invite the residents' committee the lawful number of working days ahead (SZ-12.4)."""

    def invite_in_time(item: Any) -> None:
        rule = item.rules(request.registry).lead_times.invitation_working_days
        if rule is None or item.invited_at is not None:
            return
        opening = local_date(item.voting_opens_at)
        day = request.calendar.working_days_before(opening, rule.value)
        if local_date(now) >= day:
            invite(request, item)

    found = catalog.each(
        request, types=("meeting",), states=("approved", "noticed"), everything=True
    )
    each_apart(request, found, invite_in_time)


def invite(request: Any, item: Any) -> None:
    """Send the invitation and note it; without anybody to invite it stays open, and overdue."""
    accounts = people_of(request, item, Role.RESIDENTS_COMMITTEE)
    if not accounts:
        return
    item.invited_at = clock.now()
    item.invitation = Invitation(item.invited_at, tuple(accounts))
    values = message_values(request, item)
    link = request.resource_path(item)
    for account_id in accounts:
        notify.send(request, account_id, "meeting.invitation", values, link=link, priority=True)
    item.remember(workflow.SYSTEM, "invited", accounts=len(accounts))
    audit.record(request, "meeting.invite", item, accounts=len(accounts))
