"""A backup that is put back says what it lacks; a package alone gives the result again."""

import json
import shutil

import pytest
from webtest import Upload

from content_types.meeting import promises
from content_types.meeting.casting import voucher_of
from content_types.meeting.sequencing import sequence
from portal.evidence.canonical import canonical, digest
from portal.evidence.voucher import log_proof
from portal.evidence.witness import Alarm, compare
from portal.scripts import backup, restore
from portal.scripts.check import checks
from portal.scripts.main import main
from portal.scripts.processes import Site
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.conftest import SiteUnderTest

MARKS = {"anna": ("for",), "bo": ("against",), "dora": ("for",), "gao": ("for",)}


def vouchers(request):
    """Return the voucher of every cast right, by the right."""
    meeting = meeting_of(request)
    rights = meeting.ballot_box.roll.rights
    cast = [right for key, right in rights.items() if meeting.ballot_box.slots[key].is_cast]
    return {right.key: voucher_of(meeting, right, request) for right in cast}


def proof(request, size):
    box = meeting_of(request).ballot_box
    (head,) = box.log.heads(last=1)
    return log_proof(box.log, min(size, head["size"]), head, box.signing_key)


def faults(request):
    return {name: fault for name, fault in checks(request, quick=True) if fault}


@pytest.mark.clause("EV-8.6.1", "EV-11.6.1", "EV-11.6.2")
def test_restored_backup_names_exactly_the_promised_ballots_it_lacks(
    tmp_path, tmp_path_factory, moved_clock
):
    journal = tmp_path_factory.mktemp("other-disk")
    settings = {"yitang.limits": "off", "yitang.promises": str(journal)}
    site = SiteUnderTest(tmp_path, **settings)
    voting = Assembly(site, moved_clock).open()
    voting.cast("anna", m1=MARKS["anna"])
    moved_clock.forward(minutes=1)
    site.drain()
    assert not [name for name in site.run(faults) if name.startswith("promises")]
    copy = tmp_path_factory.mktemp("backup")
    backup.copy_site(Site("", {"yitang.data": str(tmp_path)}, {}), copy)
    backup.write_manifest(copy)
    # Two ballots more are logged, a third is promised only, when the disk is lost.
    for name in ("bo", "dora"):
        voting.cast(name, m1=MARKS[name])
    moved_clock.forward(minutes=1)
    site.drain()
    voting.cast("gao", m1=MARKS["gao"])
    given, seen = site.run(vouchers), site.run(lambda request: proof(request, 99))
    assert [voucher["head"] is None for voucher in given.values()].count(True) == 1
    site.close()
    shutil.rmtree(tmp_path / "db")
    (tmp_path / "fulltext.sqlite").unlink()
    restore.check_manifest(copy)
    (tmp_path / "db").mkdir()
    restore.put_back(copy, tmp_path)

    site = voting.site = SiteUnderTest(tmp_path, **settings)
    try:
        kept = site.run(vouchers)
        assert len(kept) == 1
        lost = {key: one["leaf"]["sha256"] for key, one in given.items() if key not in kept}
        assert len(lost) == 3
        (text,) = [f for name, f in site.run(faults).items() if name.startswith("promises")]
        assert text.startswith("3 ballots are missing: ")
        assert all(leaf in text for leaf in lost.values())
        assert not any(one["leaf"]["sha256"] in text for one in kept.values())
        found = site.run(lambda r: promises.missing(meeting_of(r).ballot_box, r.registry))
        # Word for word what the voters hold.
        assert found == [one["promise"] for key, one in given.items() if key in lost]
        page = site.logged_in("street").get(voting.path + "monitor")
        assert "系统向投票人承诺过 4 张电子选票，其中 3 张现在找不到" in page.text
        assert all(leaf in page.text for leaf in lost.values())
        # Who watches the log is warned as well.
        with pytest.raises(Alarm, match="shrank"):
            compare(seen["head"], site.run(lambda request: proof(request, 1)))
        # Those owners can vote again; what was lost stays said.
        voting.cast("gao", m1=MARKS["gao"])
        page = site.logged_in("street").get(voting.path + "monitor")
        assert "系统向投票人承诺过 5 张电子选票，其中 3 张现在找不到" in page.text
        (text,) = [f for name, f in site.run(faults).items() if name.startswith("promises")]
        assert text.startswith("3 ballots are missing: ")
    finally:
        site.close()


@pytest.mark.clause("EV-8.6.1")
def test_journal_of_promises_is_written_only_after_the_commit_and_takes_no_foreign_line(
    site, moved_clock
):
    voting = Assembly(site, moved_clock).open()

    def stopped(request):
        voting_cast(request)
        raise KeyboardInterrupt

    def voting_cast(request):
        from content_types.meeting import casting, eligibility

        meeting = meeting_of(request)
        account = request.site.accounts[voting.ids["anna"]]
        (claim,) = eligibility.claims(meeting, request, account)
        marks = {"2026-001": ("for",)}
        values = {"account_id": account.id, "nonce": "a" * 32}
        casting.cast(meeting, claim.right.key, marks, request, **values)

    path = voting.site.run(lambda r: promises.journal_of(meeting_of(r).ballot_box, r.registry))
    with pytest.raises(KeyboardInterrupt):
        site.run(stopped)
    assert not path.exists()
    site.run(voting_cast)
    assert len(path.read_bytes().splitlines()) == 1
    assert path.stat().st_mode & 0o077 == 0
    # A process that died between commit and journal: the retry of the form completes it, and so
    # does the sequencer for who never came back.
    (line,) = path.read_bytes().splitlines(keepends=True)
    path.unlink()
    site.run(voting_cast)
    assert path.read_bytes() == line
    path.unlink()
    street = site.logged_in("street")
    assert "其中 1 张刚刚投出" in street.get(voting.path + "monitor").text
    moved_clock.forward(minutes=1)
    site.drain()
    assert path.read_bytes() == line
    assert "承诺过的 1 张电子选票，全部在投票日志中" in street.get(voting.path + "monitor").text
    record = json.loads(line)
    other = canonical({**record, "leaf": dict.fromkeys(record["leaf"], "0" * 64)})
    with path.open("ab") as file:
        file.write(other + b"\n")
    (text,) = [f for name, f in site.run(faults).items() if name.startswith("promises")]
    assert "line 2" in text
    page = site.logged_in("street").get(voting.path + "monitor")
    assert "不是系统为本次投票签名的" in page.text
    assert str(path) not in page.text


@pytest.mark.clause("EV-8.6.1")
def test_ballot_is_in_the_journal_before_the_log_takes_it_and_a_retry_after_that_reads_nothing(
    site, moved_clock
):
    voting = Assembly(site, moved_clock).open()
    voting.cast("anna", m1=MARKS["anna"])
    path = voting.site.run(lambda r: promises.journal_of(meeting_of(r).ballot_box, r.registry))
    (line,) = path.read_bytes().splitlines(keepends=True)

    def again(request):
        meeting = meeting_of(request)
        (slot,) = [one for one in meeting.ballot_box.slots.values() if one.is_cast]
        promises.note_again(request, meeting.ballot_box, slot)

    def killed(request):
        assert sequence(meeting_of(request), request) == 1
        raise KeyboardInterrupt

    # The process of the cast died before it wrote the line, the sequencer before its commit.
    path.unlink()
    with pytest.raises(KeyboardInterrupt):
        site.run(killed)
    assert path.read_bytes() == line
    site.run(again)
    assert path.read_bytes() == line
    moved_clock.forward(minutes=1)
    site.drain()
    assert path.read_bytes() == line
    # Whoever opened this would fail.
    path.unlink()
    path.mkdir()
    site.run(again)


@pytest.mark.parametrize(("old", "new"), [(10, 3), (20_000, 3), (20_000, 2_000)])
def test_retry_reads_the_journal_back_to_its_cast_only(tmp_path, old, new):
    lines = [b'{"leaf":{"sha256":"%064x"},"time":%d}\n' % (at, at) for at in range(old + new)]
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(lines))
    blocks = list(promises.blocks_since(path, old))
    read = b"".join(reversed(blocks))
    assert path.read_bytes().endswith(read)
    assert set(promises.LEAF.findall(read)) >= {b"%064x" % at for at in range(old, old + new)}
    assert len(blocks) <= 1 + -(-new * len(lines[-1]) // promises.BLOCK)


@pytest.mark.clause("EV-8.4.1", "SZ-27")
def test_package_alone_gives_the_result_again_in_an_empty_installation(
    site, moved_clock, tmp_path_factory, capsysbinary
):
    voting = Assembly(site, moved_clock).open().cast_four().close().publish()
    data = site.logged_in("street").get(voting.path + "package-P2.zip").body
    record = voting.look(lambda m: m.result.record)
    key = site.registry.signer.key_id
    site.close()
    shutil.rmtree(site.folder)
    empty = tmp_path_factory.mktemp("empty")
    path = empty / "package.zip"
    path.write_bytes(data)
    capsysbinary.readouterr()
    assert main(["verify", str(path), "--recount", "--key", key]) == 0
    out = capsysbinary.readouterr().out
    assert b"INVALID" not in out
    assert digest(canonical(record)).encode() in out
    other = SiteUnderTest(empty / "var")
    try:
        assert other.registry.signer.key_id != key
        form = next(
            f for f in other.browser().get("/verify").forms.values() if "package" in f.fields
        )
        form["package"] = Upload("package.zip", data, "application/zip")
        page = form.submit()
        assert "查验通过：与公布的记录完全一致" in page.text
    finally:
        other.close()
