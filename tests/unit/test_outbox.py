"""What is promised in a transaction is done once, after it, and never lost."""

from datetime import UTC, datetime, timedelta

import pytest
import transaction

from portal import clock, jobs, outbox
from portal.errors import ConfigurationError
from portal.outbox import MAX_TRIES, Outbox
from tests.unit.site_helper import close, make_registry

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def registry():
    registry = make_registry()
    yield registry
    transaction.abort()
    close(registry)


@pytest.fixture(autouse=True)
def own_jobs():
    """Jobs registered in a test end with it."""
    before = dict(outbox.JOBS), dict(outbox.PERIODICS)
    outbox.JOBS.clear()
    outbox.PERIODICS.clear()
    yield
    for known, old in zip((outbox.JOBS, outbox.PERIODICS), before, strict=True):
        known.clear()
        known.update(old)


def put(registry, *args, **kwargs):
    return jobs.transact(registry, lambda request: request.root.outbox.put(*args, **kwargs))


def root_value(registry, name):
    return jobs.transact(registry, lambda request: request.root.get(name))


def box(registry, read):
    return jobs.transact(registry, lambda request: read(request.root.outbox))


def register_adder():
    @outbox.job("test.add")
    def add(request, amount):
        request.root["sum"] = request.root.get("sum", 0) + amount

    return add


def test_job_runs_once_and_its_record_goes(registry):
    register_adder()
    put(registry, "test.add", {"amount": 5})
    assert jobs.run_pending(registry, strict=True) == (1, 0)
    assert jobs.run_pending(registry, strict=True) == (0, 0)
    assert root_value(registry, "sum") == 5
    assert box(registry, len) == 0


def test_running_a_finished_record_again_does_nothing(registry):
    register_adder()
    record_id = put(registry, "test.add", {"amount": 5})
    assert jobs.run_job(registry, record_id) == "done"
    assert jobs.run_job(registry, record_id) == "gone"
    assert root_value(registry, "sum") == 5


def test_aborted_transaction_promises_nothing(registry):
    told = []
    outbox.set_poke(told.extend)
    try:
        with jobs.environment(registry) as request:
            request.root.outbox.put("test.add", {"amount": 1})
        assert told == []
        record_id = put(registry, "test.add", {"amount": 1})
        assert told == [record_id]
    finally:
        outbox.set_poke(None)
    assert box(registry, len) == 1


def test_one_commit_tells_the_worker_once(registry):
    told = []
    outbox.set_poke(lambda ids: told.append(list(ids)))
    try:

        def three(request):
            return [request.root.outbox.put("test.add", {"amount": n}) for n in range(3)]

        ids = jobs.transact(registry, three)
    finally:
        outbox.set_poke(None)
    assert told == [ids]


def test_jobs_run_in_the_order_of_their_promise_even_when_the_clock_stands_still(registry):
    seen = []
    outbox.job("test.see")(lambda _request, number: seen.append(number))
    with clock.freeze(NOON):

        def many(request):
            for number in range(50):
                request.root.outbox.put("test.see", {"number": number})

        jobs.transact(registry, many)
        jobs.run_pending(registry, strict=True)
    assert seen == list(range(50))


def test_job_that_promises_another_is_followed(registry):
    register_adder()

    @outbox.job("test.spawn")
    def spawn(request):
        request.root.outbox.put("test.add", {"amount": 7})

    put(registry, "test.spawn")
    assert jobs.run_pending(registry, strict=True) == (2, 0)
    assert root_value(registry, "sum") == 7


def test_failing_job_changes_nothing_and_waits_longer_each_time(registry):
    @outbox.job("test.fail")
    def fail(request):
        request.root["half"] = "done"
        raise ValueError("张三 13800138000")

    with clock.freeze(NOON):
        record_id = put(registry, "test.fail")
        assert jobs.run_pending(registry) == (0, 1)
        record = box(registry, lambda b: b.get(record_id))
        assert (record.tries, record.error) == (1, "ValueError")
        first = record.not_before
        assert first > NOON
        assert jobs.run_pending(registry) == (0, 0)
    with clock.freeze(first):
        jobs.run_pending(registry)
        assert box(registry, lambda b: b.get(record_id)).not_before - first > first - NOON
    assert root_value(registry, "half") is None


def test_given_up_job_stays_visible_until_the_operator_retries_it(registry):
    broken = [True]

    @outbox.job("test.sometimes")
    def sometimes(request):
        if broken:
            raise OSError
        request.root["ran"] = True

    record_id = put(registry, "test.sometimes")
    now = clock.now()
    for hour in range(MAX_TRIES + 2):
        with clock.freeze(now + timedelta(hours=2 * hour)):
            jobs.run_pending(registry)
    failed = box(registry, lambda b: b.failed())
    assert [(r.id, r.tries, r.error) for r in failed] == [(record_id, MAX_TRIES, "OSError")]
    broken.clear()
    jobs.transact(registry, lambda request: request.root.outbox.retry(record_id))
    assert jobs.run_pending(registry) == (1, 0)
    assert root_value(registry, "ran") is True


def test_unknown_job_is_kept_as_a_failure(registry):
    record_id = put(registry, "test.nobody_knows")
    assert jobs.run_pending(registry) == (0, 1)
    assert box(registry, lambda b: b.get(record_id)).error == "ConfigurationError"


def test_job_waits_for_its_time(registry):
    register_adder()
    with clock.freeze(NOON):
        put(registry, "test.add", {"amount": 1}, not_before=NOON + timedelta(minutes=1))
    with clock.freeze(NOON + timedelta(seconds=59)):
        assert jobs.run_pending(registry) == (0, 0)
    with clock.freeze(NOON + timedelta(seconds=60)):
        assert jobs.run_pending(registry) == (1, 0)


def test_batch_job_gets_its_records_together_and_discards_them(registry):
    batches = []
    outbox.job("test.batch", batch=4)(
        lambda _request, records: batches.append([r.values["n"] for r in records])
    )

    def many(request):
        for n in range(10):
            request.root.outbox.put("test.batch", {"n": n})

    jobs.transact(registry, many)
    jobs.run_pending(registry, strict=True)
    assert batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert box(registry, len) == 0


def test_one_bad_record_of_a_batch_does_not_stop_the_others(registry):
    done = set()

    @outbox.job("test.batch", batch=4)
    def work(_request, records):
        numbers = [r.values["n"] for r in records]
        if 2 in numbers:
            raise ValueError
        done.update(numbers)

    def many(request):
        for n in range(4):
            request.root.outbox.put("test.batch", {"n": n})

    jobs.transact(registry, many)
    now = clock.now()
    for hour in range(3):
        with clock.freeze(now + timedelta(hours=hour)):
            jobs.run_pending(registry)
    assert done == {0, 1, 3}
    assert box(registry, len) == 1


def test_leased_job_is_not_started_twice_until_its_lease_ends(registry):
    register_adder()
    lease = timedelta(minutes=1)
    outbox.job("test.send", lease=lease)(lambda _request: None)
    with clock.freeze(NOON):
        record_id = put(registry, "test.send")
        assert jobs.transact(registry, lambda request: jobs._take(request, record_id)) is not None
        assert jobs.run_job(registry, record_id) == "gone"
        assert box(registry, len) == 1
    with clock.freeze(NOON + lease):
        assert jobs.run_job(registry, record_id) == "done"


def test_running_jobs_refuses_to_drop_uncommitted_changes(registry):
    register_adder()
    record_id = put(registry, "test.add", {"amount": 1})
    with jobs.environment(registry) as request:
        request.root["mine"] = 1
        with pytest.raises(RuntimeError):
            jobs.run_job(registry, record_id)


@pytest.mark.parametrize("args", [{"at": NOON}, {"n": float("nan")}, {1: "x"}, {"t": (1, 2)}])
def test_arguments_that_are_not_json_are_refused(args):
    with pytest.raises(ConfigurationError):
        Outbox().put("test.add", args)


@pytest.mark.parametrize("name", ["张三", "Add", "a b", "13800138000", ""])
def test_job_names_carry_no_data(name):
    with pytest.raises(ConfigurationError):
        Outbox().put(name)


def test_one_name_means_one_function():
    register_adder()
    with pytest.raises(ConfigurationError):
        outbox.job("test.add")(lambda _request: None)


def test_two_workers_on_one_record_do_it_once(registry):
    register_adder()
    record_id = put(registry, "test.add", {"amount": 5})

    # A rival commits between the look and the commit of the first worker.
    original = outbox.JOBS["test.add"].function
    rival = []

    def with_rival(request, amount):
        original(request, amount)
        if not rival:
            rival.append(True)
            other = registry._zodb_databases[""].open(transaction.TransactionManager())
            site = other.root()["site"]
            site["sum"] = site.get("sum", 0) + amount
            site.outbox.discard(record_id)
            other.transaction_manager.commit()
            other.close()

    outbox.JOBS["test.add"] = outbox.Job("test.add", with_rival)
    jobs.run_job(registry, record_id, strict=True)
    assert root_value(registry, "sum") == 5


def test_periodic_runs_when_due_and_its_time_is_kept(registry):
    ran = []

    @outbox.periodic(seconds=30)
    def every_half_minute(_request, now):
        ran.append(now)

    for seconds in (0, 29, 30, 200):
        with clock.freeze(NOON + timedelta(seconds=seconds)):
            jobs.tick(registry, strict=True)
    assert ran == [NOON + timedelta(seconds=s) for s in (0, 30, 200)]


def test_periodic_runs_again_after_the_clock_was_set_back(registry):
    ran = []

    @outbox.periodic(seconds=30)
    def often(_request, now):
        ran.append(now)

    for day in (9, 0):
        with clock.freeze(NOON + timedelta(days=day)):
            jobs.tick(registry, strict=True)
    assert len(ran) == 2


def test_failing_periodic_stops_nobody_and_runs_again(registry):
    ran = []

    @outbox.periodic(seconds=30)
    def a_bad_one(_request, _now):
        ran.append("bad")
        raise OSError

    @outbox.periodic(seconds=30)
    def b_good_one(_request, _now):
        ran.append("good")

    with clock.freeze(NOON):
        jobs.tick(registry)
        jobs.tick(registry)
    assert ran == ["bad", "good", "bad"]


def test_idle_periodic_does_not_grow_the_database(registry):
    @outbox.periodic(seconds=30)
    def idle(_request, _now):
        pass

    @outbox.periodic(seconds=30)
    def busy(request, now):
        request.root["at"] = now

    def last_runs(request):
        return sorted(
            (name.rsplit(".", 1)[1], at) for name, at in request.root.outbox.last_runs.items()
        )

    for half_minutes in range(5):
        with clock.freeze(NOON + timedelta(seconds=30 * half_minutes)):
            jobs.tick(registry, strict=True)
    wanted = [("busy", NOON + timedelta(seconds=120)), ("idle", NOON)]
    assert [
        entry for entry in jobs.transact(registry, last_runs) if entry[0] in ("busy", "idle")
    ] == wanted


def test_periodic_whose_commit_conflicts_runs_again_at_once(registry):
    tries = []

    @outbox.periodic(seconds=30)
    def often(request, _now):
        tries.append(1)
        request.root["at"] = len(tries)
        if len(tries) == 1:
            other = registry._zodb_databases[""].open(transaction.TransactionManager())
            other.root()["site"]["rival"] = True
            other.transaction_manager.commit()
            other.close()

    with clock.freeze(NOON):
        jobs.tick(registry, strict=True)
    assert len(tries) == 2
    assert root_value(registry, "at") == 2
