"""A voucher proves that one ballot is in the log, and says nothing about the choice."""

import json
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest

from portal.evidence import voucher as vouchers
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.keys import sign_record
from portal.evidence.package import build_package
from portal.evidence.promise import promise, verify_promise
from portal.evidence.publication import bucket_of
from portal.evidence.verifier.voucher import verify_voucher
from tests.unit.evidence.sample import (
    LABELS,
    OPENS,
    SITE,
    SPECS,
    TITLES,
    Meeting,
    meeting,
    package,
    signer,
)


def early(number=3, **texts):
    played = meeting()
    return vouchers.voucher(
        signer(),
        played.promises[number],
        meeting="meeting-2026-001",
        title=texts.get("title", "2026年第一次业主大会会议"),
        community=texts.get("community", "翠湖花园"),
        address="https://yitang.example/verify",
    )


def final(number=3, *, later=False, **texts):
    played = meeting()
    index = played.indexes[number]
    head = played.head if later else played.log.head_at(index + 1)
    return vouchers.with_proof(signer(), early(number, **texts), played.log, index, head)


def resigned(record):
    unsigned = {name: value for name, value in record.items() if name != "signature"}
    return sign_record(signer(), unsigned)


def outcome(record, proof=None, trusted=()):
    report = verify_voucher(vouchers.voucher_json(record), proof, trusted)
    return {check["name"]: check["status"] for check in report.checks}, report.ok


def test_promise_is_about_one_leaf_and_one_key():
    leaf = canonical(meeting().envelopes[0])
    given = promise(signer(), "log-1", leaf, OPENS)
    assert verify_promise(meeting().public, given, leaf)
    assert not verify_promise(meeting().public, given, leaf + b" ")
    assert not verify_promise(meeting().public, {**given, "log": "log-2"})
    assert not verify_promise(meeting().public, {**given, "type": "log-head"})


@pytest.mark.clause("EV-4.1.3")
def test_voucher_of_the_cast_says_that_the_log_is_still_to_come():
    checks, ok = outcome(early())
    assert ok
    assert checks["promise"] == "ok"
    assert checks["inclusion"] == "not_possible"


@pytest.mark.clause("EV-4.1.3")
def test_final_voucher_verifies_offline():
    checks, ok = outcome(final(), trusted=(SITE.key_id,))
    assert ok
    assert {checks[name] for name in ("promise", "heads", "inclusion", "trust")} == {"ok"}


def test_old_voucher_verifies_against_a_later_head_and_the_package():
    record = final()
    played = meeting()
    assert record["head"]["size"] < played.head["size"]
    proof = canonical(
        vouchers.log_proof(played.log, record["head"]["size"], played.head, played.public)
    )
    for against in (proof, package(full=False), package(full=True)):
        checks, ok = outcome(record, against)
        assert ok
        assert checks["consistency"] == "ok"


def test_rewritten_log_fails_the_consistency_proof_of_an_old_voucher():
    record = final()
    other = Meeting()  # Same meeting played again: other nonces, therefore other ballots.
    proof = canonical(
        vouchers.log_proof(other.log, record["head"]["size"], other.head, other.public)
    )
    for against in (proof, other.package(full=False)):
        checks, ok = outcome(record, against)
        assert not ok
        assert checks["consistency"] == "failed"


def test_proof_signed_by_a_stranger_fails():
    record, played = final(), meeting()
    head = {**played.head, "signature": "00" * 64}
    proof = canonical(vouchers.log_proof(played.log, record["head"]["size"], head, played.public))
    assert not outcome(record, proof)[1]


@pytest.mark.parametrize("part", ["leaf", "promise", "inclusion", "head"])
def test_voucher_of_one_ballot_does_not_verify_for_another(part):
    other = final(12)
    assert other[part] != final(3)[part]
    mixed = {**final(3), part: other[part]}
    assert outcome(mixed)[0]["seal"] == "failed"
    checks, ok = outcome(resigned(mixed))
    assert not ok
    assert checks["seal"] == "ok"


def test_voucher_with_leaf_and_promise_of_another_fails():
    other = final(12)
    mixed = {**final(3), "leaf": other["leaf"], "promise": other["promise"]}
    assert outcome(resigned(mixed))[0]["inclusion"] == "failed"


def test_unknown_key_is_reported():
    assert outcome(final(), trusted=("ed25519:0000000000000000",))[0]["trust"] == "failed"
    assert not outcome({**final(), "keys": []})[1]


def test_proof_of_a_foreign_leaf_is_never_built():
    played = meeting()
    with pytest.raises(EvidenceError):
        vouchers.with_proof(signer(), early(3), played.log, played.indexes[5], played.head)
    first = played.log.heads()[0]
    with pytest.raises(EvidenceError):
        vouchers.with_proof(signer(), early(3), played.log, played.indexes[3], first)


def pdf_text(data):
    document = pypdfium2.PdfDocument(data)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return texts


@pytest.mark.clause("EV-4.1.3")
def test_no_form_of_the_voucher_shows_a_motion_or_an_option():
    record = final()
    texts = [vouchers.voucher_json(record).decode(), *pdf_text(vouchers.voucher_pdf(record))]
    words = [*TITLES, *(spec.key for spec in SPECS), *sum(LABELS, ()), "against", "abstain"]
    for text in texts:
        assert not [word for word in words if word in text]


@pytest.mark.clause("EV-4.1.3")
def test_repeated_downloads_are_byte_identical():
    record, again = final(), json.loads(vouchers.voucher_json(final()))
    assert vouchers.voucher_json(record) == vouchers.voucher_json(again)
    assert vouchers.voucher_pdf(record) == vouchers.voucher_pdf(again)
    assert vouchers.voucher_png(record) == vouchers.voucher_png(again)


def test_vouchers_are_rendered_for_many_owners_at_once():
    records = [final(number) for number in range(4)]
    alone = [vouchers.voucher_pdf(record) for record in records]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(vouchers.voucher_pdf, records * 6))
    assert together == alone * 6


def test_text_of_the_portal_is_shown_and_never_run():
    evil = '#panic("x") $ #include "/etc/passwd" </script>\\'
    (text,) = pdf_text(vouchers.voucher_pdf(final(title=evil, community="议" * 400)))
    flat = "".join(text.split())
    assert "".join(evil.split()) in flat
    assert "议" * 20 in flat


def test_voucher_files_stay_small():
    record = final(later=True)
    for data in (vouchers.voucher_json(record), vouchers.voucher_pdf(record),
                 vouchers.voucher_png(record)):  # fmt: skip
        assert len(data) <= 64 * 1024


def test_address_in_the_code_holds_log_and_leaf_only():
    record = final()
    assert vouchers.verify_address(record) == (
        f"https://yitang.example/verify#log=meeting-2026-001&leaf={record['leaf']['sha256']}"
    )


@pytest.mark.parametrize("junk", [b"{", b"{}", b'{"type":"voucher","v":1}', b"[]", b"\xff"])
def test_malformed_voucher_fails_with_a_report(junk):
    report = verify_voucher(junk)
    assert not report.ok
    assert "INVALID" in report.text()


def test_every_flipped_byte_of_a_voucher_is_noticed():
    data = vouchers.voucher_json(final())
    for position in range(0, len(data), 3):
        changed = bytearray(data)
        changed[position] ^= 1
        assert not verify_voucher(bytes(changed)).ok, position


@pytest.mark.clause("EV-8.1.1")
def test_voucher_names_the_bucket_its_ballot_was_published_in():
    played, found = Meeting(step=0), set()
    table = played.published()
    archive = build_package({**played.content(full=False), **table}, signer())
    number = len(table["buckets"]["buckets"])
    for at, index in enumerate(played.indexes):
        record = vouchers.voucher(
            signer(),
            played.promises[at],
            meeting="m",
            title="t",
            community="c",
            address="a",
            lot=played.openings[at]["nonce"],
        )
        record = vouchers.with_proof(signer(), record, played.log, index, played.head)
        report = verify_voucher(vouchers.voucher_json(record), archive)
        (note,) = report.notes
        bucket = int(note.split()[-3])
        assert note == f"已计入 counted: 分组 bucket {bucket} / {number}"
        assert bucket == bucket_of(table["buckets"], record["lot"])
        found.add(bucket)
    assert found == set(range(1, number + 1))
    other = resigned({**record, "lot": "0" * 32})
    (failure,) = verify_voucher(vouchers.voucher_json(other), archive).failures
    assert "in no bucket" in failure["detail"]
