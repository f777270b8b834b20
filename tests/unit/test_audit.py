"""The log holds every act, and no change of it goes unnoticed."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from pyramid_zodbconn import get_connection

from portal import audit, audit_log, clock, jobs
from portal.audit_export import write_csv
from portal.audit_log import AuditLog, EntryTree, read_anchors, verify, write_anchor
from tests.unit.site_helper import close, make_registry

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path):
    registry = make_registry(tmp_path)
    yield registry
    close(registry)


def act(registry, action="unit.bind", **kwargs):
    return jobs.transact(registry, lambda request: audit.record(request, action, **kwargs))


def read_log(registry, read):
    return jobs.transact(registry, lambda request: read(audit.log_of(request)))


def entries(registry, **query):
    return read_log(registry, lambda log: list(log.query(**query)))


def make_log(length):
    log = AuditLog()
    for number in range(length):
        log.append(f"id{number}", {"actor": "a", "path": f"/p{number}", "at": NOON.isoformat()})
    return log


@pytest.mark.clause("EV-8.8")
def test_act_is_logged_with_time_actor_action_and_digests(registry):
    with clock.freeze(NOON + timedelta(milliseconds=7)):
        act(registry, before={"state": "draft"}, after={"state": "open"}, unit="1-101")
    jobs.run_pending(registry, strict=True)
    (entry,) = entries(registry)
    assert entry["at"] == "2026-03-02T04:00:00.007+00:00"
    assert (entry["actor"], entry["action"]) == ("system", "unit.bind")
    assert entry["detail"] == {"unit": "1-101"}
    assert len(entry["before"]) == 64
    assert entry["before"] != entry["after"]


def test_rolled_back_act_leaves_no_entry(registry):
    with jobs.environment(registry) as request:
        audit.record(request, "unit.bind")
    jobs.run_pending(registry, strict=True)
    assert entries(registry) == []


def test_personal_details_are_masked(registry):
    act(
        registry,
        phone="13800138000",
        comment="电话 １３８００１３８０００ 身份证 440301199001011234 zhang.san@example.cn",
        digest="a13800138000b",
    )
    jobs.run_pending(registry, strict=True)
    detail = entries(registry)[0]["detail"]
    assert detail["phone"] == "***"
    assert detail["comment"] == "电话 138****8000 身份证 4403**********1234 z***@example.cn"
    assert detail["digest"] == "a13800138000b"


def test_entry_appended_twice_counts_once(registry, tmp_path):
    act(registry)
    act(registry)
    records = jobs.transact(registry, lambda request: request.site.outbox.pending())
    # The process dies after the commit of the log and before that of the outbox.
    with jobs.environment(registry) as request:
        audit.append_entries(request, records)
    assert read_log(registry, len) == 2
    jobs.run_pending(registry, strict=True)
    assert read_log(registry, len) == 2
    assert (
        read_log(registry, lambda log: verify(log, read_anchors(tmp_path / "audit.anchor"))) is None
    )


def test_audit_entries_are_never_given_up(registry):
    act(registry)
    known = registry._zodb_databases[""].databases
    audit_database = known.pop("audit")
    now = clock.now()
    for hour in range(12):
        with clock.freeze(now + timedelta(hours=2 * hour)):
            jobs.run_pending(registry)
    assert jobs.transact(registry, lambda request: len(request.site.outbox.failed())) == 0
    known["audit"] = audit_database
    with clock.freeze(now + timedelta(days=2)):
        assert jobs.run_pending(registry, strict=True) == (1, 0)
    assert read_log(registry, len) == 1


def test_untouched_log_verifies(registry, tmp_path):
    for number in range(40):
        act(registry, number=number)
    jobs.run_pending(registry, strict=True)
    anchors = read_anchors(tmp_path / "audit.anchor")
    assert max(anchors) == 40
    assert read_log(registry, lambda log: verify(log, anchors)) is None


def rebuild(log, rows):
    log.entries = EntryTree()
    for index, row in rows:
        log.entries[index] = row


def test_changed_entry_is_located():
    log = make_log(50)
    text, head, sm3 = log.entries[17]
    log.entries[17] = (text.replace(b"/p17", b"/p99"), head, sm3)
    assert verify(log) == 17


def test_entry_changed_with_its_own_digest_is_located_at_the_next():
    log = make_log(50)
    text = log.entries[17][0].replace(b"/p17", b"/p99")
    previous, previous_sm3 = log.entries[16][1:]
    log.entries[17] = (
        text,
        audit_log._link(previous, text),
        audit_log._link_sm3(previous_sm3, text),
    )
    assert verify(log) == 18


def test_changed_national_digest_is_located():
    log = make_log(20)
    text, head, _ = log.entries[7]
    log.entries[7] = (text, head, b"\1" * 32)
    assert verify(log) == 7


def test_removed_entry_is_located():
    log = make_log(50)
    del log.entries[20]
    assert verify(log) == 20


def test_removed_entry_is_located_when_the_others_move_up():
    log = make_log(50)
    rows = [row for index, row in log.entries.items() if index != 20]
    rebuild(log, enumerate(rows))
    log.count = 49
    assert verify(log) == 20


def test_reordered_entries_are_located():
    log = make_log(50)
    log.entries[30], log.entries[31] = log.entries[31], log.entries[30]
    assert verify(log) == 30


def test_removed_tail_is_found_by_the_count():
    log = make_log(50)
    for index in range(40, 50):
        del log.entries[index]
    assert verify(log) == 40


def test_cut_log_with_matching_count_is_found_by_the_anchor(tmp_path):
    path = tmp_path / "anchor"
    log = make_log(50)
    write_anchor(path, log.count, log.head)
    shorter = make_log(40)
    assert verify(shorter) is None
    assert verify(shorter, read_anchors(path)) == 40


def test_newly_computed_log_is_found_by_the_anchor(tmp_path):
    path = tmp_path / "anchor"
    log = make_log(30)
    write_anchor(path, log.count, log.head)
    forged = AuditLog()
    for number in range(50):
        forged.append(f"id{number}", {"actor": "b", "path": "/p", "at": NOON.isoformat()})
    assert verify(forged) is None
    assert verify(forged, read_anchors(path)) == 29


def test_restored_line_starts_the_anchors_anew_and_half_a_line_is_ignored(tmp_path):
    path = tmp_path / "anchor"
    log = make_log(30)
    write_anchor(path, 50, bytes(32))
    write_anchor(path, log.count, log.head, "restored")
    with path.open("a", encoding="ascii") as file:
        file.write("log 31 abc")
    assert verify(log, read_anchors(path)) is None


def test_query_by_actor_path_action_and_period():
    log = AuditLog()
    for day, actor, path, action in (
        (1, "zhang", "/communities/a", "x.add"),
        (2, "zhang", "/communities/a/meetings/1", "x.edit"),
        (3, "li", "/communities/ab", "x.edit"),
        (4, "li", "/communities/a", "x.edit"),
    ):
        at = (NOON + timedelta(days=day)).isoformat()
        log.append(f"id{day}", {"actor": actor, "path": path, "action": action, "at": at})

    def days(**query):
        return [datetime.fromisoformat(entry["at"]).day - NOON.day for entry in log.query(**query)]

    assert days() == [4, 3, 2, 1]
    assert days(actor="zhang") == [2, 1]
    assert days(path="/communities/a") == [4, 2, 1]
    assert days(actor="li", path="/communities/a") == [4]
    assert days(action="x.edit", limit=2) == [4, 3]
    assert days(since=NOON + timedelta(days=2), until=NOON + timedelta(days=4)) == [3, 2]
    assert days(actor="nobody") == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1+1"])
def test_export_holds_no_formula(cell):
    log = AuditLog()
    log.append(
        "i",
        {"at": NOON.isoformat(), "actor": cell, "role": cell, "action": cell, "path": cell}
        | {"oid": None, "before": "", "after": "", "detail": {"a": cell}, "request": cell},
    )
    file = io.StringIO()
    assert write_csv(log.query(), file) == 1
    row = file.getvalue().splitlines()[1]
    assert f"'{cell}" in row
    assert not row.startswith(cell)
    assert f",{cell}" not in row


def test_append_writes_little(registry, tmp_path):
    for _ in range(200):
        act(registry, number=1)
    jobs.run_pending(registry, strict=True)
    file = tmp_path / "audit.fs"
    before = file.stat().st_size
    for _ in range(20):
        act(registry, number=1)
        jobs.run_pending(registry, strict=True)
    assert (file.stat().st_size - before) / 20 < 12_000


def test_log_survives_reopening(registry, tmp_path):
    act(registry)
    jobs.run_pending(registry, strict=True)
    close(registry)
    again = make_registry(tmp_path)
    try:
        with jobs.environment(again) as request:
            log = get_connection(request, "audit").root()[audit.LOG_KEY]
            assert len(log) == 1
            assert verify(log) is None
    finally:
        close(again)
