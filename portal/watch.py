"""The site watches itself (自检) and tells its administrators once what needs a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from portal import audit, inbox, notify
from portal.job_registry import periodic
from portal.outbox import time_key
from portal.security import SITE_SCOPE, Role

PERIOD = timedelta(hours=24)
# Single failures are daily life; from this many on something is wrong.
MANY_FAILED = 5


@periodic(seconds=600)
def watch_failures(request: Any, now: datetime) -> None:
    """Tell about messages that failed and jobs that were given up."""
    recent = request.site.messages.outbound.values(min=time_key(now - PERIOD))
    failed = sum(dispatch.state == inbox.FAILED for dispatch in recent)
    if failed >= MANY_FAILED:
        values = {"count": failed}
        _tell(request, now, Role.ADMINISTRATOR, "operator.messages_failed", values)
    given_up = request.site.outbox.failed()
    if given_up:
        values = {"count": len(given_up), "jobs": ", ".join(sorted({r.job for r in given_up}))}
        _tell(request, now, Role.ADMINISTRATOR, "operator.jobs_failed", values)


@periodic(seconds=86_400)
def watch_audit(request: Any, now: datetime) -> None:
    """Derive the chain of the audit log again every day."""
    index = audit.first_fault(request)
    if index is not None:
        _tell(request, now, Role.AUDIT_ADMINISTRATOR, "operator.audit_fault", {"index": index})


def tell_operators(request: Any, now: datetime, template_id: str, values: dict[str, Any]) -> None:
    """Send an alarm of another module to the administrators of the site."""
    _tell(request, now, Role.ADMINISTRATOR, template_id, values)


def _tell(
    request: Any, now: datetime, role: Role, template_id: str, values: dict[str, Any]
) -> None:
    """Send one alarm to everybody with a role at the site, again only after a day."""
    alarms = request.site.messages.alarms
    last = alarms.get(template_id)
    if last is not None and last <= now < last + PERIOD:
        return
    alarms[template_id] = now
    link = "/outbox" if role is Role.ADMINISTRATOR else ""
    audit.record(request, template_id, **values)
    for account in request.site.accounts:
        if account.active and account.has_role(role, SITE_SCOPE):
            notify.send(request, account.id, template_id, values, priority=True, link=link)
