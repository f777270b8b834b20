"""Each meeting signs with a key of its own, certified by the long-term key printed on notices."""

import json
import threading

import pytest

from portal.errors import ConfigurationError
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.keys import public_record, sign_record, verify_record
from portal.evidence.meeting_keys import MeetingKeys, key_fault
from portal.evidence.verifier.certificate import verify_certificate
from portal.evidence.verifier.voucher import verify_voucher
from portal.evidence.verify import verify
from tests.unit.evidence.sample import (
    CLOSES,
    OPENS,
    SITE,
    meeting,
    package,
    plain_signer,
    reseal,
    signer,
    unpack,
)
from tests.unit.evidence.test_voucher import final

MEETING = "meeting-2026-001"
OTHER_SITE = plain_signer(9)


@pytest.fixture
def keys(tmp_path):
    return MeetingKeys(tmp_path / "meetings", SITE)


def test_key_of_a_meeting_is_a_file_for_its_owner_only_and_certified(keys, tmp_path):
    public = keys.create(MEETING, OPENS)
    (path,) = (tmp_path / "meetings").iterdir()
    assert (path.name, path.stat().st_mode & 0o777) == (f"{MEETING}.key", 0o600)
    assert (tmp_path / "meetings").stat().st_mode & 0o777 == 0o700
    assert public["key"] != SITE.key_id
    assert key_fault(public, MEETING, SITE.key_id) == ""
    assert verify_record(public, sign_record(keys.signer(public), {"type": "x", "v": 1}))


def test_each_meeting_has_another_key(keys):
    assert keys.create("m1", OPENS)["key"] != keys.create("m2", OPENS)["key"]


def test_other_process_finds_the_key_and_a_repeated_opening_keeps_it(keys, tmp_path):
    public = keys.create(MEETING, OPENS)
    other = MeetingKeys(tmp_path / "meetings", SITE)
    assert other.signer(public).key_id == public["key"]
    again = other.create(MEETING, CLOSES)
    assert again["key"] == public["key"]
    assert again["certificate"]["from"] > public["certificate"]["from"]


def test_processes_that_open_at_once_agree_on_one_key(tmp_path):
    found, start = [], threading.Barrier(8)

    def create():
        start.wait()
        found.append(MeetingKeys(tmp_path, SITE).create(MEETING, OPENS)["key"])

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_rest_of_a_killed_process_is_no_key(keys, tmp_path):
    (tmp_path / "meetings").mkdir(mode=0o700)
    rest = tmp_path / "meetings" / f"{MEETING}.key.{threading.get_native_id()}.new"
    rest.write_bytes(b"-----BEGIN")
    keys.create(MEETING, OPENS)
    assert [path.name for path in (tmp_path / "meetings").iterdir()] == [f"{MEETING}.key"]


def test_key_is_read_once_for_all_casts(keys, tmp_path):
    public = keys.create(MEETING, OPENS)
    first = keys.signer(public)
    (tmp_path / "meetings" / f"{MEETING}.key").unlink()
    assert keys.signer(public).sign(b"x") == first.sign(b"x")


def test_lost_or_exchanged_key_file_signs_nothing(keys, tmp_path):
    public = keys.create(MEETING, OPENS)
    path = tmp_path / "meetings" / f"{MEETING}.key"
    path.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        MeetingKeys(tmp_path / "meetings", SITE).signer(public)
    keys.create(MEETING, OPENS)
    with pytest.raises(EvidenceError, match="holds"):
        MeetingKeys(tmp_path / "meetings", SITE).signer(public)


def entry(**change):
    """Return the key record of the sample's meeting with another certificate."""
    return public_record(signer(**change))


def recertified(**change):
    """Return the key record with a certificate that says something else, well signed."""
    public = entry()
    changed = {**public["certificate"], **change}
    del changed["signature"]
    return {**public, "certificate": sign_record(SITE, changed)}


def forged():
    public = entry()
    return {**public, "certificate": {**public["certificate"], "signature": "00" * 64}}


WRONG = {
    "missing certificate": (lambda: public_record(plain_signer(1)), "no certificate"),
    "other meeting": (lambda: entry(meeting="meeting-2026-002"), "for meeting meeting-2026-002"),
    "about another key": (lambda: recertified(public="00" * 32), "not about key"),
    "other type": (lambda: recertified(type="log-head"), "another type"),
    "issuer without its id": (lambda: recertified(by=OTHER_SITE.public.hex()), "does not fit"),
    "forged": (forged, "is wrong"),
}


def with_key(public):
    files = unpack(package(full=False))
    files["keys.json"] = canonical({"type": "public-keys", "v": 1, "keys": [public]})
    return reseal(files)


@pytest.mark.parametrize("case", WRONG)
def test_package_signed_by_a_key_that_is_not_certified_for_it_fails(case):
    make, words = WRONG[case]
    report = verify(with_key(make()), trusted=(SITE.key_id,))
    failed = {row["name"]: row["detail"] for row in report.failures}
    assert words in failed["certificate"]
    assert words in key_fault(make(), MEETING)


@pytest.mark.parametrize("case", WRONG)
def test_voucher_signed_by_a_key_that_is_not_certified_for_it_fails(case):
    make, words = WRONG[case]
    record = {**final(), "keys": [make()]}
    del record["signature"]
    report = verify_voucher(canonical(sign_record(signer(), record)), trusted=(SITE.key_id,))
    failed = {row["name"]: row["detail"] for row in report.failures}
    assert words in failed["certificate"]


def test_certificate_by_another_long_term_key_fails_for_who_knows_the_notice():
    data = with_key(entry(by=OTHER_SITE))
    assert verify(data).ok
    assert [row["name"] for row in verify(data, trusted=(SITE.key_id,)).failures] == ["trust"]
    assert "certified by" in key_fault(entry(by=OTHER_SITE), MEETING, SITE.key_id)


def test_key_of_the_meeting_itself_is_not_the_one_on_the_notice():
    report = verify(package(full=False), trusted=(signer().key_id,))
    assert [row["name"] for row in report.failures] == ["trust"]


def test_head_older_than_the_certificate_fails():
    report = verify(with_key(entry(since=CLOSES)))
    (failure,) = report.failures
    assert (failure["name"], "before its certificate" in failure["detail"]) == ("certificate", True)


def test_package_without_any_key_fails():
    files = unpack(package(full=False))
    files["keys.json"] = canonical({"type": "public-keys", "v": 1, "keys": []})
    assert "certificate" in {row["name"] for row in verify(reseal(files)).failures}


@pytest.mark.parametrize("junk", [None, [], "x", {}, {"key": 1}, {"type": "key-certificate"}])
def test_malformed_certificate_is_a_failure_and_no_error(junk):
    public = {**entry(), "certificate": junk}
    assert "certificate" in {row["name"] for row in verify(with_key(public)).failures}
    assert key_fault(public, MEETING)
    record = json.loads(canonical({**final(), "keys": [public]}))
    assert "certificate" in {row["name"] for row in verify_voucher(canonical(record)).failures}
    assert not verify_certificate(canonical({**record, "type": "voting-right"})).ok


def test_sample_is_certified():
    assert key_fault(meeting().public, MEETING, SITE.key_id) == ""
