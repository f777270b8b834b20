"""Secret ballots: cast, mixed, counted, published, with nothing that joins unit and ballot."""

import json
import logging

import pytest
import transaction

from content_types.meeting import casting, eligibility, secrecy
from content_types.meeting.evidence.notary import notary_package
from content_types.meeting.packages import package_content
from content_types.meeting.trustees import steps
from portal import content
from portal.errors import PortalError
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.recount import recount
from portal.evidence.verifier.voucher import verify_voucher
from portal.evidence.verify import verify
from portal.rules.errors import RuleError
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.secrecy.steps import LEVELS, VOTERS, faults, traces, transactions
from tests.functional.test_canaries import stored
from tests.functional.voting_steps import vote
from tests.unit.evidence.sample import reseal, unpack
from tests.unit.evidence.test_second_verifier import second


@pytest.mark.clause("EV-6.3.1.1", "EV-8.4.1")
def test_secret_vote_goes_from_the_ballot_to_packages_that_publish_sums_only(secret, tmp_path):
    anna = secret.site.logged_in("anna")
    assert "无记名" in anna.get(secret.path).text
    page = vote(anna, secret.path, m1="for")
    assert "请在投票截止前保存凭证" in page.text
    voucher = anna.get(page.request.path + ".json").body
    assert verify(voucher).ok
    leaf = json.loads(voucher)["leaf"]["sha256"]
    secret.cast_all()
    # While the vote is open the log holds settings and roll only, and the turnout is known.
    assert secret.look(lambda m: (len(m.ballot_box.log), m.ballot_box.turnout.ballots)) == (2, 5)
    assert secret.site.run(faults) == set()
    # A co-owner learns that it was cast, and does not get what finds it.
    chen = secret.site.logged_in("chen")
    key = secret.look(lambda m: next(k for k, s in m.ballot_box.slots.items() if s.is_cast))
    assert "共有人" in chen.get(secret.path).text
    for right in secret.look(lambda m: list(m.ballot_box.slots)):
        chen.get(f"{secret.path}voucher/{right}", status=404)
    secret.close()
    assert secret.look(lambda m: (m.workflow_state, m.count_failure)) == ("counted", None)
    record = secret.look(lambda m: m.result.record)
    assert record["participation"] == [5, 8000 + 9000 + 15_000 + 6000 + 7000]
    assert record["motions"][0]["options"][0]["votes"] == [4, 8000 + 9000 + 15_000 + 7000]
    # The voter finds his leaf with what he saved; the site cannot tell him.
    assert secret.look(lambda m: m.ballot_box.log.find(leaf)) is not None
    anna = secret.site.logged_in("anna")
    gone = anna.get(page.request.path, status=404)
    assert "请用您保存的凭证查验" in gone.text
    assert "已投票（无记名）" in anna.get(secret.path).text
    mine = anna.get("/votes").text
    assert "已投票（无记名）" in mine
    assert "ballot-check" not in mine
    secret.site.logged_in("street").get(secret.path + "unit-results", status=403)
    for level, data in zip(LEVELS, secret.packages(), strict=True):
        report = verify(data)
        assert (report.ok, report.level) == (True, level)
        assert not {"buckets.json", "rows.json"} & set(unpack(data))
        outcome, code = second(tmp_path, data)
        passed = {check["name"] for check in report.checks if check["status"] == "ok"}
        assert (set(outcome.values()), code, set(outcome)) == ({"ok"}, 0, passed)
    assert recount(data) == record
    assert verify(secret.site.run(lambda r: notary_package(meeting_of(r), r))).ok
    assert secret.site.run(faults) == set()
    report = verify_voucher(voucher, secret.packages()[0])
    assert report.ok
    assert [c["status"] for c in report.checks if c["name"] == "consistency"] == ["ok"]
    other = json.loads(voucher)
    other["leaf"]["sha256"] = "0" * 64
    lost = verify_voucher(canonical(other), secret.packages()[0])
    assert "consistency" in {row["name"] for row in lost.failures}
    lines = unpack(data)["ballots/openings.jsonl"].splitlines()
    assert all(b'"units"' not in line and key.encode() not in line for line in lines)
    envelopes = unpack(data)["ballots/envelopes.jsonl"].splitlines()
    assert len({len(line) for line in envelopes}) == 1


@pytest.mark.clause("EV-6.3.1.1", "EV-11.2.3")
def test_storage_with_all_keys_joins_no_right_to_an_envelope(secret, caplog):
    caplog.set_level(logging.DEBUG)
    secret.cast_all()
    anna = secret.site.logged_in("anna")
    page = vote(anna, secret.path, m1="against").request.path
    for ending in ("json", "pdf", "png"):
        anna.get(f"{page}.{ending}")
    secret.site.drain()
    folder = secret.site.folder
    cover = next((folder / "covers").iterdir()).read_text().strip()
    secret.close()
    box_traces = secret.look(lambda m: traces(m.ballot_box))
    assert len(box_traces) == len(VOTERS) + 1
    assert not any(one.decode() in caplog.text for many in box_traces for one in many[6:])
    # The key that joins them is on no disk, in no form, also not beside the keys of the server.
    everything = stored(folder) | {
        p.name: p.read_bytes() for p in (folder / "keys").rglob("*") if p.is_file()
    }
    for word in (cover.encode(), bytes.fromhex(cover)):
        assert not [name for name, data in everything.items() if word in data]
    assert not list((folder / "covers").iterdir())
    # No envelope leaves a trace in a transaction of its own: every one lies in the same ones,
    # which begin after the close, and in no other file.
    told = [
        [
            tid
            for tid, data in transactions(folder / "db" / "Data.fs")
            if any(t in data for t in one)
        ]
        for one in box_traces
    ]
    assert told[0]
    assert all(one == told[0] for one in told)
    slots = secret.look(lambda m: [s._p_serial for s in m.ballot_box.slots.values() if s.is_cast])
    assert set(slots) == {told[0][0]}
    for one in box_traces:
        names = {name for name, data in everything.items() if any(t in data for t in one)}
        assert all("Data.fs" in name for name in names), names
    # What a slot keeps, and what all keys of the server open, names no ballot.
    kept = secret.look(lambda m: [vars(s) for s in m.ballot_box.slots.values() if s.is_cast])
    assert all(set(one) == {"sealed", "nonce", "at", "caster", "emptied"} for one in kept)
    assert all(one["sealed"] == one["nonce"] == b"" for one in kept)


@pytest.mark.clause("EV-6.3.1.1", "EV-7.1.3")
def test_server_with_its_keys_opens_no_secret_ballot_before_the_mix_and_its_end(secret):
    secret.cast_all()

    def attack(request):
        box = meeting_of(request).ballot_box
        box.opener(request.registry.kek)

    with pytest.raises(EvidenceError, match="while the vote is open"):
        secret.site.run(attack)
    with pytest.raises(EvidenceError, match="only after the close"):
        secret.site.run(
            lambda request: secrecy.mix(meeting_of(request).ballot_box, request.registry)
        )
    secret.clock.to(at(CLOSES))
    secret.step("close_voting")
    with pytest.raises(EvidenceError, match="while they are covered"):
        secret.site.run(attack)
    secret.job(secrecy.mix_ballots)
    with pytest.raises(EvidenceError, match="while they are covered"):
        secret.site.run(attack)
    with pytest.raises(PortalError, match="still_covered"):
        # Keys of trustees are not taken either.
        secret.site.run(lambda request: steps.release(meeting_of(request), None, "", request))
    secret.job(secrecy.end_cover)
    secret.site.run(attack)


@pytest.mark.clause("EV-8.6.1", "EV-6.3.1.1")
def test_mix_that_is_cut_off_anywhere_is_completed_once(secret):
    secret.cast_all()
    secret.clock.to(at(CLOSES))
    secret.step("close_voting")

    def cut_off(job):
        def act(request):
            job(request, content.oid(meeting_of(request)))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            secret.site.run(act)

    def state(meeting):
        box = meeting.ballot_box
        return box.is_mixed, len(box.log), sum(bool(s.sealed) for s in box.slots.values())

    cut_off(secrecy.mix_ballots)
    transaction.abort()
    assert secret.look(state) == (False, 2, len(VOTERS))
    secret.job(secrecy.mix_ballots)
    leaves = secret.look(lambda m: list(m.ballot_box.mixed))
    # Killed after the key was destroyed, before that was noted.
    cut_off(secrecy.end_cover)
    assert secret.look(lambda m: m.ballot_box.is_covered)
    for job in (secrecy.mix_ballots, secrecy.end_cover, secrecy.mix_ballots, secrecy.end_cover):
        secret.job(job)
    assert secret.look(lambda m: list(m.ballot_box.mixed)) == leaves
    assert secret.look(state) == (True, 2 + len(VOTERS), 0)
    secret.site.drain()
    assert secret.look(lambda m: m.result.record["participation"][0]) == len(VOTERS)


def test_lost_cover_key_stops_the_count_and_says_so(secret):
    secret.cast_all()
    for path in (secret.site.folder / "covers").iterdir():
        path.unlink()
    secret.close()
    assert secret.look(lambda m: m.result) is None
    assert "cover key" in secret.look(lambda m: m.count_failure.reason)


def test_second_press_returns_the_same_ballot_and_a_co_owner_is_refused(secret):
    def cast(request, name, mark):
        account = request.site.accounts[secret.ids[name]]
        meeting = meeting_of(request)
        right = eligibility.claims(meeting, request, account)[0].right
        slot = casting.cast(
            meeting,
            right.key,
            {"2026-001": (mark,)},
            request,
            account_id=account.id,
            nonce="a" * 32,
        )
        return slot.sealed

    first = secret.site.run(lambda request: cast(request, "bo", "for"))
    assert secret.site.run(lambda request: cast(request, "bo", "for")) == first
    with pytest.raises(RuleError, match=r"refusal\.coowner_voted"):
        secret.site.run(lambda request: cast(request, "chen", "against"))


@pytest.mark.clause("EV-8.4.1", "EV-6.3.1.1")
def test_both_verifiers_name_a_secret_package_whose_weights_or_trackers_do_not_fit(
    counted, tmp_path
):
    full = counted.packages()[2]
    files = unpack(full)
    marks = [json.loads(line) for line in files["units.jsonl"].splitlines()]
    silent = next(row for row in marks if not row["voted"])
    silent["voted"] = True
    wrong = {
        "units": {"units.jsonl": b"".join(canonical(row) + b"\n" for row in marks)},
        "one_vote": {"ballots/openings.jsonl": _twice(files["ballots/openings.jsonl"])},
        "buckets": {"buckets.json": canonical({"type": "bucket-table", "v": 1})},
    }
    for check, change in wrong.items():
        data = reseal({**files, **change})
        failed = {row["name"] for row in verify(data).failures}
        assert check in failed
        outcome, code = second(tmp_path, data)
        assert (outcome[check] != "ok", code) == (True, 1)


def _twice(openings):
    ballots = [json.loads(line) for line in openings.splitlines()]
    ballots[1]["tracker"] = ballots[0]["tracker"]
    return b"".join(canonical(ballot) + b"\n" for ballot in ballots)


def test_nobody_can_pick_out_a_secret_ballot_to_exclude_it(counted):
    def add(request):
        values = {"kind": "ineligible", "unit": "1栋1单元102", "text": "不是业主"}
        case = content.create("ballot_case", request, **values)
        content.add(meeting_of(request), case, request)

    with pytest.raises(PortalError, match=r"secrecy\.no_case"):
        counted.site.run(add)


def test_count_stops_when_weights_are_not_those_of_the_rights_that_voted(counted):
    def forge(request):
        box = meeting_of(request).ballot_box
        slot = next(slot for slot in box.slots.values() if not slot.is_cast)
        slot.emptied = True
        with pytest.raises(EvidenceError, match="weigh something else"):
            package_content(meeting_of(request), "P2", request.registry.kek, request.registry)
        raise KeyboardInterrupt  # Keeps nothing.

    with pytest.raises(KeyboardInterrupt):
        counted.site.run(forge)
