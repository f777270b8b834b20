"""A sealed ballot names nobody, opens only with the released key and only where it belongs."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.seal import (
    create_tally_key,
    open_ballot,
    release_matches,
    release_tally_key,
    seal_ballot,
)

KEK = b"k" * 32
PROFILE = "sha256:" + "ab" * 32
KEY, SEALED = create_tally_key("meeting-2026-001", KEK)
RELEASE = release_tally_key(KEY, SEALED, KEK)
CHOICES = {"motion-2026-001": ["for"], "motion-2026-002": ["候选人甲"]}


def seal(units=("1-2-301",), choices=CHOICES, **options):
    return seal_ballot(KEY, PROFILE, list(units), choices, **options)


@pytest.mark.clause("EV-4.1.9")
def test_envelope_names_no_unit_person_or_choice():
    text = canonical(seal()).decode()
    # Long enough that sealed bytes never hold one by chance.
    for secret in ("1-2-301", "motion-2026-001", '"for"', "候选人甲", "electronic"):
        assert secret not in text
    assert set(json.loads(text)) == {"type", "v", "meeting", "ballot", "recipients"}


def test_opened_ballot_is_what_was_cast():
    ballot = open_ballot(seal(nonce="n-1"), RELEASE, PROFILE)
    assert ballot == {
        "type": "ballot",
        "v": 1,
        "meeting": "meeting-2026-001",
        "units": ["1-2-301"],
        "choices": CHOICES,
        "channel": "electronic",
        "nonce": "n-1",
    }


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.text("0123456789-", min_size=1, max_size=9), min_size=1, max_size=6),
    st.sampled_from(["for", "against", "abstain"]),
)
def test_every_ballot_of_a_meeting_has_the_same_length(units, choice):
    sealed = seal(units, {"motion-2026-001": [choice]})
    assert len(canonical(sealed)) == len(canonical(seal()))


def test_long_ballot_takes_the_next_doubling():
    units = [f"1-2-{number}" for number in range(100)]
    sealed = base64.b64decode(seal(units)["recipients"][0]["sealed"])
    assert len(sealed) == 384 * 4 + 48
    assert open_ballot(seal(units), RELEASE, PROFILE)["units"] == units
    assert len(base64.b64decode(seal(size=1000)["recipients"][0]["sealed"])) == 1048


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
        open_ballot({**seal(), **change}, RELEASE, PROFILE)


def test_ballot_does_not_open_under_other_rules():
    with pytest.raises(EvidenceError):
        open_ballot(seal(), RELEASE, "sha256:" + "cd" * 32)


def test_every_flipped_bit_is_noticed():
    envelope = seal()
    sealed = base64.b64decode(envelope["recipients"][0]["sealed"])
    for position in range(0, len(sealed), 7):
        changed = bytearray(sealed)
        changed[position] ^= 1
        text = base64.b64encode(bytes(changed)).decode()
        with pytest.raises(EvidenceError):
            open_ballot({**envelope, "recipients": [{"key": KEY["key"], "sealed": text}]},
                        RELEASE, PROFILE)  # fmt: skip


def test_tally_key_opens_only_with_the_right_key_encryption_key():
    with pytest.raises(EvidenceError, match="cannot be opened"):
        release_tally_key(KEY, SEALED, b"x" * 32)
    with pytest.raises(EvidenceError, match="32 bytes"):
        release_tally_key(KEY, SEALED, b"short")


def test_sealed_tally_key_cannot_be_swapped_between_meetings():
    other, other_sealed = create_tally_key("meeting-2026-002", KEK)
    with pytest.raises(EvidenceError):
        release_tally_key(KEY, other_sealed, KEK)
    assert not release_matches(KEY, release_tally_key(other, other_sealed, KEK))
    assert release_matches(KEY, RELEASE)


def test_stored_parts_do_not_hold_the_private_key():
    private = RELEASE["private"]
    assert private not in json.dumps([KEY, SEALED])
