"""What goes wrong silently is told to the people who can mend it."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import accounts, audit, clock, jobs, notify
from portal.channels import DeliveryError
from portal.outbox import MAX_TRIES
from portal.security import SITE_SCOPE, Role
from portal.watch import MANY_FAILED, PERIOD, watch_audit, watch_failures
from tests.unit.site_helper import close, make_registry

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


class Refusing:
    def send(self, _parcel):
        raise DeliveryError("bad_number", permanent=True)


@pytest.fixture
def registry(tmp_path):
    registry = make_registry(tmp_path)
    with clock.freeze(NOON):
        yield registry
    close(registry)


def make_account(registry, role=None):
    def make(request):
        account = request.site.accounts.create(
            request.vault, login=f"a{len(request.site.accounts)}", kind="staff"
        )
        if role:
            accounts.grant(account, role, SITE_SCOPE)
        return account.id

    return jobs.transact(registry, make)


def subjects(registry, account_id):
    found = jobs.transact(registry, lambda r: r.site.messages.inbox(account_id))
    return [message.template_id for message in found]


def watch(registry, function, after=timedelta(0)):
    jobs.transact(registry, lambda request: function(request, NOON + after))


@pytest.mark.clause("EV-9.9.3")
@pytest.mark.parametrize(("failures", "told"), [(MANY_FAILED - 1, 0), (MANY_FAILED, 1)])
def test_administrator_hears_of_many_failed_messages_once(registry, failures, told):
    administrator = make_account(registry, Role.ADMINISTRATOR)
    bystander = make_account(registry)
    registry.channels["sms"] = Refusing()
    values = {"site": "x", "code": "1", "minutes": 5}
    for number in range(failures):
        phone = f"1380013800{number}"
        jobs.transact(
            registry,
            lambda r, p=phone: notify.send_to_address(r, "sms", p, "code.login", values),
        )
    jobs.run_pending(registry, strict=True)
    for _ in range(2):
        watch(registry, watch_failures)
    assert subjects(registry, administrator) == ["operator.messages_failed"] * told
    assert subjects(registry, bystander) == []


def test_administrator_hears_of_jobs_that_were_given_up(registry):
    administrator = make_account(registry, Role.ADMINISTRATOR)
    jobs.transact(registry, lambda request: request.site.outbox.put("test.nobody_knows"))
    for day in range(MAX_TRIES):
        with clock.freeze(NOON + timedelta(days=day)):
            jobs.run_pending(registry)
    watch(registry, watch_failures)
    watch(registry, watch_failures, PERIOD)
    assert subjects(registry, administrator) == ["operator.jobs_failed"] * 2


def test_audit_administrator_hears_of_a_broken_chain(registry, tmp_path):
    auditor = make_account(registry, Role.AUDIT_ADMINISTRATOR)
    administrator = make_account(registry, Role.ADMINISTRATOR)
    for _ in range(3):
        jobs.transact(registry, lambda request: audit.record(request, "x.act"))
    jobs.run_pending(registry, strict=True)
    watch(registry, watch_audit)
    assert subjects(registry, auditor) == []

    def tamper(request):
        log = audit.log_of(request)
        text, head, sm3 = log.entries[1]
        log.entries[1] = (text.replace(b"x.act", b"y.act"), head, sm3)

    jobs.transact(registry, tamper)
    watch(registry, watch_audit)
    assert subjects(registry, auditor) == ["operator.audit_fault"]
    assert subjects(registry, administrator) == []
