"""Every vote is signed by a key of its own, which the key printed on the notice certifies."""

import json
import re

import pytest

from content_types.meeting.checking import check_keys
from portal import workflow
from portal.content import by_oid
from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError
from portal.evidence.keys import create_key_file
from portal.evidence.verifier.container import read_archive
from portal.evidence.verify import verify
from tests.functional.assembly import OPENS, Assembly, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.functional.evidence_steps import package


def key_file(site):
    return site.folder / "keys" / "meetings" / "haitang-2026-001.key"


def faults(request):
    return [fault for _, fault in check_keys(request)]


@pytest.mark.clause("SZ-28")
def test_key_of_the_log_is_printed_on_the_notice_before_the_vote(site, moved_clock):
    voting = Assembly(site, moved_clock).notice()
    notice = site.run(lambda request: by_oid(request.site, meeting_of(request).notice_oid).body)
    (key,) = re.findall("ed25519:[0-9a-f]{16}", notice)
    assert not key_file(site).exists()
    voting.until(OPENS)
    voting.cast_four().close().publish()
    data = site.browser().get(voting.path + "result.zip").body
    assert verify(data, trusted=(key,)).ok
    other = "ed25519:" + "0" * 16
    assert "trust" in {row["name"] for row in verify(data, trusted=(other,)).failures}


@pytest.mark.clause("SZ-28", "EV-4.1.3")
def test_key_of_the_meeting_signs_heads_promises_vouchers_certificates_and_packages(
    site, moved_clock
):
    voting = Assembly(site, moved_clock).open()
    own, long_term = voting.look(lambda m: m.ballot_box.signing_key), site.registry.signer.key_id
    assert own["key"] != long_term
    assert own["certificate"]["key"] == long_term
    assert own["certificate"]["meeting"] == voting.look(lambda m: m.ballot_box.meeting_id)
    assert key_file(site).stat().st_mode & 0o777 == 0o600
    voting.cast_four()
    moved_clock.forward(minutes=1)
    site.drain()
    anna = site.logged_in("anna")
    for name in ("voucher/r00001", "voting-right/r00001"):
        data = anna.get(f"{voting.path}{name}.json").body
        signed = json.loads(data)
        parts = [signed, signed["head"], *filter(None, [signed.get("promise")])]
        assert {part["key"] for part in parts} == {own["key"]}
        assert verify(data, trusted=(long_term,)).ok
        assert long_term in anna.get(f"{voting.path}{name}").text
    voting.close().publish()
    for level in ("P0", "P1", "P2"):
        data = package(voting, level)
        files, _ = read_archive(data)
        heads = json.loads(files["log/heads.json"])["heads"]
        assert {head["key"] for head in heads} == {own["key"]}
        assert json.loads(files["seal.json"])["key"] == own["key"]
        assert verify(data, trusted=(long_term,)).ok
    assert long_term in site.browser().get(voting.path + "result").text
    assert site.run(faults) == [""]


@pytest.mark.clause("EV-8.6.1")
def test_server_killed_between_key_file_and_commit_opens_the_vote_with_that_key(
    tmp_path, moved_clock
):
    site = SiteUnderTest(tmp_path, **{"yitang.limits": "off"})
    voting = Assembly(site, moved_clock).notice()
    moved_clock.to(at(OPENS))

    def die(request):
        workflow.transition(meeting_of(request), "open_voting", request, system=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        site.run(die)
    kept = key_file(site).read_bytes()
    site.close()
    site = voting.site = SiteUnderTest(tmp_path, **{"yitang.limits": "off"})
    try:
        assert voting.look(lambda m: m.ballot_box) is None
        site.drain()
        assert key_file(site).read_bytes() == kept
        voting.cast_four().close().publish()
        assert verify(package(voting, "P2"), trusted=(site.registry.signer.key_id,)).ok
    finally:
        site.close()


@pytest.mark.clause("EV-8.6.1", "SZ-28")
def test_restored_site_without_the_key_of_a_vote_says_so_and_promises_no_ballot(
    tmp_path, moved_clock
):
    settings = {"yitang.limits": "off"}
    site = SiteUnderTest(tmp_path, **settings)
    voting = Assembly(site, moved_clock).open()
    voting.cast("anna", m1=("for",))
    site.close()
    kept = key_file(site).read_bytes()
    key_file(site).unlink()

    def look(words):
        site = voting.site = SiteUnderTest(tmp_path, **settings)
        try:
            (fault,) = site.run(faults)
            assert words in fault
            with pytest.raises((ConfigurationError, EvidenceError), match=words):
                voting.cast("bo", m1=("for",))
            assert voting.look(lambda m: sum(s.is_cast for s in m.ballot_box.slots.values())) == 1
        finally:
            site.close()

    look("cannot be read")
    create_key_file(key_file(site))
    look("holds ed25519:")
    key_file(site).write_bytes(kept)
    site = voting.site = SiteUnderTest(tmp_path, **settings)
    try:
        assert site.run(faults) == [""]
        voting.cast("bo", m1=("for",))
        assert voting.look(lambda m: sum(s.is_cast for s in m.ballot_box.slots.values())) == 2
    finally:
        site.close()


@pytest.mark.clause("SZ-28")
def test_site_check_finds_a_key_that_was_exchanged_in_the_database(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    own = voting.look(lambda m: m.ballot_box.signing_key)

    def found(**change):
        def exchange(request):
            meeting_of(request).ballot_box.use_signing_key({**own, **change})

        site.run(exchange)
        return site.run(faults)[0]

    certificate = own["certificate"]
    assert "no certificate" in found(certificate=None)
    assert "for meeting other" in found(certificate={**certificate, "meeting": "other"})
    assert "is wrong" in found(certificate={**certificate, "from": 0})
    assert "not about" in found(public="00" * 32)
    assert found() == ""
