"""People are told once, by the way they chose, and nothing pretends to be delivered."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock, jobs, notify
from portal.channels import DeliveryError
from portal.delivery import KEEP, TRIES, WIPE_CODES, wipe_dispatches
from portal.errors import ConfigurationError, NotFoundError, PortalError
from portal.quiet import Preferences, make_preferences, opens_at
from tests.unit.site_helper import close, make_registry

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PHONE = "13800138000"
VALUES = {"title": "2026 年会议", "end": "3月20日", "points": "更换电梯"}


class Provider:
    """Stands for the outside world: takes parcels or fails as told."""

    def __init__(self, *failures):
        self.parcels = []
        self.failures = list(failures)

    def send(self, parcel):
        self.parcels.append(parcel)
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        return f"receipt-{len(self.parcels)}"


@pytest.fixture
def registry():
    registry = make_registry()
    yield registry
    close(registry)


@pytest.fixture
def account_id(registry):
    def make(request):
        account = request.site.accounts.create(request.vault, phone=PHONE, kind="owner")
        return account.id

    return jobs.transact(registry, make)


def do(registry, function):
    return jobs.transact(registry, function)


def send(registry, account_id, **kwargs):
    return do(
        registry, lambda request: notify.send(request, account_id, "vote.opened", VALUES, **kwargs)
    )


def only_dispatch(registry):
    (dispatch,) = do(registry, lambda request: request.site.messages.dispatches())
    return dispatch


def run_for(registry, start, hours):
    for quarter in range(hours * 4):
        with clock.freeze(start + timedelta(minutes=15 * quarter)):
            jobs.run_pending(registry, strict=True)


def test_message_stands_in_the_inbox_with_the_commit(registry, account_id):
    message_id = send(registry, account_id, link="/meetings/1")

    def look(request):
        messages = request.site.messages
        message = messages.get(account_id, message_id)
        return messages.unread(account_id), message.subject, message.link, message.state

    assert do(registry, look) == (1, "表决开始：2026 年会议", "/meetings/1", "delivered")


def test_message_of_a_rolled_back_act_is_never_seen(registry, account_id):
    with jobs.environment(registry) as request:
        notify.send(request, account_id, "vote.opened", VALUES, channels=("sms",))
    assert do(registry, lambda request: request.site.messages.count(account_id)) == 0
    assert jobs.run_pending(registry) == (0, 0)


@pytest.mark.clause("EV-9.8.1")
def test_owner_reads_and_confirms_once(registry, account_id):
    message_id = send(registry, account_id)
    for minute in (1, 9):
        with clock.freeze(NOON + timedelta(minutes=minute)):
            do(registry, lambda r: r.site.messages.confirm(account_id, message_id) and None)

    def look(request):
        message = request.site.messages.get(account_id, message_id)
        return message.state, message.confirmed_at, request.site.messages.unread(account_id)

    assert do(registry, look) == ("confirmed", NOON + timedelta(minutes=1), 0)


@pytest.mark.clause("EV-9.10.2")
def test_owner_cannot_read_the_message_of_another(registry, account_id):
    message_id = send(registry, account_id)
    other = do(
        registry, lambda r: r.site.accounts.create(r.vault, phone="13900139000", kind="owner").id
    )
    send(registry, other)
    with pytest.raises(NotFoundError):
        do(registry, lambda request: request.site.messages.get(other, message_id))


def test_inbox_is_newest_first_and_paged(registry, account_id):
    ids = [send(registry, account_id) for _ in range(5)]
    page = do(registry, lambda r: [m.id for m in r.site.messages.inbox(account_id, 1, 2)])
    assert page == [ids[3], ids[2]]


@pytest.mark.clause("EV-9.6.1")
def test_sms_goes_to_the_phone_of_the_account(registry, account_id):
    provider = registry.channels["sms"] = Provider()
    send(registry, account_id, channels=("inapp", "sms"))
    assert provider.parcels == []
    jobs.run_pending(registry, strict=True)
    (parcel,) = provider.parcels
    assert parcel.address == PHONE
    assert "更换电梯" in parcel.body
    dispatch = only_dispatch(registry)
    assert dispatch.state == "sent"
    assert [(a.state, a.receipt) for a in dispatch.attempts] == [("sent", "receipt-1")]


def test_without_a_provider_the_dispatch_is_held_and_not_called_sent(registry, account_id):
    send(registry, account_id, channels=("sms",))
    jobs.run_pending(registry, strict=True)
    dispatch = only_dispatch(registry)
    assert (dispatch.state, dispatch.attempts[0].reason) == ("held", "no_provider")
    body = do(
        registry,
        lambda r: notify.text_of(r, r.site.messages.outbound[dispatch.id])["body"],
    )
    assert "更换电梯" in body


def test_code_goes_to_a_phone_without_an_account_and_is_sealed_at_rest(registry):
    def send_code(request):
        values = {"site": "议堂", "code": "824193", "minutes": 5}
        return notify.send_to_address(request, "sms", PHONE, "code.register", values)

    dispatch_id = do(registry, send_code)
    with jobs.environment(registry) as request:
        dispatch = request.site.messages.outbound[dispatch_id]
        stored = request.site.outbox._p_jar.db().storage.load(dispatch._p_oid)[0]
        assert b"824193" not in stored
        assert PHONE.encode() not in stored
        assert dispatch.masked_address == "138****8000"
        assert "824193" in notify.text_of(request, dispatch)["body"]
    for record in do(registry, lambda r: r.site.outbox.pending()):
        assert "824193" not in record.args
        assert PHONE not in record.args
    provider = registry.channels["sms"] = Provider()
    jobs.run_pending(registry, strict=True)
    assert provider.parcels[0].address == PHONE


@pytest.mark.clause("EV-9.6.3")
def test_next_channel_is_tried_when_the_preferred_one_refuses(registry, account_id):
    registry.channels["sms"] = Provider(DeliveryError("bad_number", permanent=True))
    registry.channels["email"] = Provider()

    def give_mail(request):
        account = request.site.accounts[account_id]
        account.sealed_email = request.vault.seal("z@example.cn", f"account:{account_id}:email")
        request.site.messages.prefer(account_id, make_preferences(("sms", "email")))

    do(registry, give_mail)
    send(registry, account_id)
    jobs.run_pending(registry, strict=True)
    dispatch = only_dispatch(registry)
    assert [(a.channel, a.state) for a in dispatch.attempts] == [
        ("sms", "failed"),
        ("email", "sent"),
    ]
    assert dispatch.state == "sent"


def test_provider_that_fails_for_a_while_is_tried_again(registry, account_id):
    slow = DeliveryError("no_answer", permanent=False)
    provider = registry.channels["sms"] = Provider(slow, slow)
    with clock.freeze(NOON):
        send(registry, account_id, channels=("sms",))
    run_for(registry, NOON, 2)
    assert [p.id for p in provider.parcels] == [provider.parcels[0].id] * 3
    assert only_dispatch(registry).state == "sent"


@pytest.mark.clause("EV-9.9.2")
def test_provider_that_never_answers_ends_in_failed_and_can_be_resent(registry, account_id):
    failures = [DeliveryError("no_answer", permanent=False)] * TRIES
    provider = registry.channels["sms"] = Provider(*failures)
    with clock.freeze(NOON):
        send(registry, account_id, channels=("sms",))
    run_for(registry, NOON, 5)
    assert len(provider.parcels) == TRIES
    dispatch = only_dispatch(registry)
    assert dispatch.state == "failed"
    do(registry, lambda request: notify.resend(request, dispatch.id))
    jobs.run_pending(registry, strict=True)
    again = only_dispatch(registry)
    assert (again.state, len(again.attempts)) == ("sent", TRIES + 1)


@pytest.mark.clause("EV-9.9.1")
def test_one_failure_does_not_stop_other_recipients(registry, account_id):
    registry.channels["sms"] = Provider(KeyError("bug in an adapter"))
    send(registry, account_id, channels=("sms",))
    send(registry, account_id, channels=("sms",))
    assert jobs.run_pending(registry) == (1, 1)
    states = [d.state for d in do(registry, lambda r: r.site.messages.dispatches())]
    assert sorted(states) == ["queued", "sent"]


def test_account_without_an_address_is_a_distinct_failure(registry, account_id):
    registry.channels["email"] = Provider()
    send(registry, account_id, channels=("email",))
    jobs.run_pending(registry, strict=True)
    dispatch = only_dispatch(registry)
    assert (dispatch.state, dispatch.attempts[0].reason) == ("failed", "no_address")


@pytest.mark.clause("EV-9.1.2")
def test_message_in_quiet_hours_waits_until_they_end(registry, account_id):
    provider = registry.channels["sms"] = Provider()
    quiet = make_preferences(("sms",), "22:00", "08:00")
    do(registry, lambda request: request.site.messages.prefer(account_id, quiet))
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    with clock.freeze(night):
        send(registry, account_id)
        jobs.run_pending(registry, strict=True)
    assert provider.parcels == []
    with clock.freeze(datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)):
        assert jobs.run_pending(registry, strict=True) == (0, 0)
    with clock.freeze(datetime(2026, 3, 3, 0, 0, tzinfo=UTC)):
        jobs.run_pending(registry, strict=True)
    assert len(provider.parcels) == 1


@pytest.mark.clause("EV-9.7")
def test_priority_ignores_quiet_hours_and_overtakes(registry, account_id):
    provider = registry.channels["sms"] = Provider()
    send(registry, account_id, channels=("sms",))
    quiet = make_preferences(("sms",), "00:00", "23:59")
    do(registry, lambda request: request.site.messages.prefer(account_id, quiet))
    do(
        registry,
        lambda request: notify.send(
            request,
            account_id,
            "vote.reminder",
            {"unit": "1-101", "title": "会议", "end": "今天"},
            priority=True,
        ),
    )
    jobs.run_pending(registry, strict=True)
    assert [p.template_id for p in provider.parcels] == ["vote.reminder", "vote.opened"]


@pytest.mark.parametrize(
    ("start", "end", "local", "opens"),
    [
        ("22:00", "08:00", (2, 21, 59), None),
        ("22:00", "08:00", (2, 22, 0), (3, 8, 0)),
        ("22:00", "08:00", (3, 7, 59), (3, 8, 0)),
        ("22:00", "08:00", (3, 8, 0), None),
        ("12:00", "14:00", (2, 12, 0), (2, 14, 0)),
        ("12:00", "14:00", (2, 14, 0), None),
        ("", "", (2, 3, 0), None),
    ],
)
def test_quiet_hours_at_their_edges(start, end, local, opens):
    def at(day, hour, minute):
        return datetime(2026, 3, day, hour, minute, tzinfo=clock.SITE_ZONE)

    wanted = None if opens is None else at(*opens)
    assert opens_at(Preferences(("sms",), start, end), at(*local).astimezone(UTC)) == wanted


@pytest.mark.parametrize(
    "choice",
    [
        (("pigeon",),),
        (("sms", "sms"),),
        (("sms",), "22:00", ""),
        (("sms",), "24:00", "08:00"),
        (("sms",), "08:00", "08:00"),
        (("sms",), "8:00", "9:00"),
    ],
)
def test_bad_preference_is_refused(choice):
    with pytest.raises(PortalError):
        make_preferences(*choice)


def test_unknown_template_is_a_mistake_of_the_developer(registry, account_id):
    with pytest.raises(ConfigurationError):
        do(registry, lambda request: notify.send(request, account_id, "no.such", {}))


def test_text_of_codes_is_wiped_soon_and_old_dispatches_go(registry, account_id):
    def send_code(request):
        values = {"site": "议堂", "code": "824193", "minutes": 5}
        return notify.send_to_address(request, "sms", PHONE, "code.register", values)

    with clock.freeze(NOON):
        code_id = do(registry, send_code)
        send(registry, account_id, channels=("sms",))
    for later, codes, others in ((WIPE_CODES / 2, 1, 1), (WIPE_CODES * 2, 0, 1)):
        do(registry, lambda request, at=NOON + later: wipe_dispatches(request, at))

        def sealed(request):
            found = request.site.messages.dispatches()
            return (
                sum(bool(d.sealed_text) for d in found if d.id == code_id),
                sum(bool(d.sealed_text) for d in found if d.id != code_id),
            )

        assert do(registry, sealed) == (codes, others)
    do(registry, lambda request: wipe_dispatches(request, NOON + KEEP + timedelta(days=1)))
    assert do(registry, lambda request: request.site.messages.dispatches()) == []
