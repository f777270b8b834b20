"""A sealed ballot names nobody, opens only with the released key and only where it belongs."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.seal import (
    keep_key,
    kept_key,
    open_ballot,
    opener,
    pack,
    public_of,
    releases_record,
    seal_ballot,
    server_sealing,
    unpack,
)

KEK = b"k" * 32
PROFILE = "sha256:" + "ab" * 32
MEETING = "meeting-2026-001"
SEALING, SEALED = server_sealing(MEETING, KEK)
KEY = kept_key(MEETING, SEALED, KEK)
OPENER = opener(SEALING, releases_record(MEETING, [KEY]))
CHOICES = {"motion-2026-001": ["for"], "motion-2026-002": ["候选人甲"]}


def seal(units=("1-2-301",), choices=CHOICES, **options):
    return seal_ballot(MEETING, SEALING, PROFILE, list(units), choices, **options)


@pytest.mark.clause("EV-4.1.9")
def test_envelope_names_no_unit_person_or_choice():
    text = canonical(seal()).decode()
    # Long enough that sealed bytes never hold one by chance.
    for secret in ("1-2-301", "motion-2026-001", '"for"', "候选人甲", "electronic"):
        assert secret not in text
    assert set(json.loads(text)) == {
        *("type", "v", "meeting", "ballot", "suite", "commitment", "sealed", "recipients")
    }


def test_opened_ballot_is_what_was_cast():
    ballot = open_ballot(seal(nonce="n-1"), OPENER, PROFILE)
    assert ballot == {
        "type": "ballot",
        "v": 1,
        "meeting": "meeting-2026-001",
        "units": ["1-2-301"],
        "choices": CHOICES,
        "channel": "electronic",
        "nonce": "n-1",
    }


@settings(max_examples=30)
@given(
    st.lists(st.text("0123456789-", min_size=1, max_size=9), min_size=1, max_size=6),
    st.sampled_from(["for", "against", "abstain"]),
)
def test_every_ballot_of_a_meeting_has_the_same_length(units, choice):
    sealed = seal(units, {"motion-2026-001": [choice]})
    assert len(canonical(sealed)) == len(canonical(seal()))


def test_long_ballot_takes_the_next_doubling():
    units = [f"1-2-{number}" for number in range(100)]
    sealed = base64.b64decode(seal(units)["sealed"])
    assert len(sealed) == 384 * 4 + 28
    assert open_ballot(seal(units), OPENER, PROFILE)["units"] == units
    assert len(base64.b64decode(seal(size=1000)["sealed"])) == 1028


def test_equal_ballots_are_sealed_differently():
    first, second = seal(nonce="n"), seal(nonce="n")
    assert first["ballot"] != second["ballot"]
    assert first["recipients"] != second["recipients"]


@pytest.mark.parametrize(
    "change",
    [
        {"ballot": "00" * 16},
        {"meeting": "meeting-2026-002"},
        {"recipients": []},
        {"recipients": [{"key": KEY["key"], "sealed": "AAAA"}]},
        {"recipients": [{"key": KEY["key"], "sealed": "***"}]},
        {"recipients": [{"key": "x25519:00", "sealed": "AAAA"}]},
    ],
)
def test_changed_or_moved_envelope_does_not_open(change):
    with pytest.raises(EvidenceError, match="cannot be opened"):
        open_ballot({**seal(), **change}, OPENER, PROFILE)


def test_ballot_does_not_open_under_other_rules():
    with pytest.raises(EvidenceError):
        open_ballot(seal(), OPENER, "sha256:" + "cd" * 32)


def test_every_flipped_bit_is_noticed():
    packed = pack(seal())
    ballot = seal()["ballot"]
    for position in range(0, len(packed), 7):
        changed = bytearray(packed)
        changed[position] ^= 1
        with pytest.raises(EvidenceError):
            open_ballot(unpack(bytes(changed), MEETING, ballot, SEALING), OPENER, PROFILE)


def test_stored_bytes_give_the_envelope_back():
    envelope = seal()
    assert unpack(pack(envelope), MEETING, envelope["ballot"], SEALING) == envelope


def test_tally_key_opens_only_with_the_right_key_encryption_key():
    with pytest.raises(EvidenceError, match="cannot be opened"):
        kept_key(MEETING, SEALED, b"x" * 32)
    with pytest.raises(EvidenceError, match="32 bytes"):
        kept_key(MEETING, SEALED, b"short")


def test_stored_key_cannot_be_moved_between_meetings_or_keys():
    with pytest.raises(EvidenceError):
        kept_key("meeting-2026-002", SEALED, KEK)
    with pytest.raises(EvidenceError):
        kept_key(MEETING, {**SEALED, "key": "x25519:00"}, KEK)


def test_stored_parts_do_not_hold_the_private_key():
    kept = keep_key(MEETING, KEY, KEK)
    assert KEY["private"] not in canonical(kept).decode()
    assert public_of(KEY["private"]) == SEALING["groups"][0]["keys"][0]
