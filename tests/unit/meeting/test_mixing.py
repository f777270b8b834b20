"""Secret ballots are mixed after the close: the log shows no order, the slots nothing at all."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.counting import opened
from content_types.meeting.roll import Roll
from content_types.meeting.secrecy import mix
from content_types.meeting.sequencing import take_in
from portal import clock
from portal.evidence.canonical import EvidenceError
from portal.evidence.cover import Cover
from portal.evidence.keys import public_record
from tests.unit.meeting.test_ballot_box import DIGEST, KEK, NOW, SIGNER, SPECS, right

VOTERS = 40


@pytest.fixture
def registry(tmp_path):
    def cover(meeting):
        return Cover(tmp_path / "covers", meeting)

    cover("m").create()
    keys = SimpleNamespace(signer=lambda public: SIGNER)
    return SimpleNamespace(cover=cover, meeting_keys=keys)


def cast(box, one, registry):
    """Cast for a right and return the id of its envelope, which nothing else knows."""
    envelope = box.seal(one, list(one.units), {"2026-001": ["for"]}, SPECS, channel="terminal")
    box.slots[one.key].put(
        envelope,
        at=NOW,
        channel="terminal",
        caster=b"c" * 8,
        nonce=b"n" * 16,
        cover=registry.cover("m"),
        right=one.key,
    )
    return envelope["ballot"]


@pytest.fixture
def box(registry):
    rights = [right(n, units=1 + n % 3, area=5000 + n) for n in range(VOTERS)]
    found = BallotBox("m", Roll(rights), DIGEST, KEK, secret=True)
    found.use_signing_key(public_record(SIGNER))
    return found


@pytest.mark.clause("EV-6.3.1.1")
def test_log_shows_neither_the_order_of_casting_nor_that_of_rights(box, registry):
    ids = [cast(box, one, registry) for one in box.roll.rights.values()]
    assert len(take_in(box, SIGNER, NOW)) == box.turnout.ballots == VOTERS
    assert take_in(box, SIGNER, NOW) == []
    assert len(box.log) == 0
    with pytest.raises(EvidenceError, match="only after the close"):
        mix(box, registry)
    box.gate.is_open = False
    mix(box, registry)
    logged = [envelope["ballot"] for _, _, envelope in box.envelopes()]
    assert sorted(logged) == sorted(ids)
    assert logged not in (ids, ids[::-1], sorted(ids))
    assert {key for _, key, _ in box.envelopes()} == {""}
    assert box.read(3) is not None
    assert box.index_of(next(iter(box.slots))) is None
    assert all(slot.is_cast and not slot.sealed for slot in box.slots.values())
    box.uncovered_at = clock.now()
    ballots = opened(box, box.opener(KEK))
    assert {ballot["channel"] for ballot in ballots} == {"electronic"}
    assert not any({"units", "nonce"} & set(ballot) for ballot in ballots)
    weights = sorted(ballot["weight"][1] for ballot in ballots)
    assert weights == sorted(one.area for one in box.roll.rights.values())


@given(units=st.integers(1, 60))
@settings(max_examples=15)
def test_length_of_a_secret_ballot_tells_nothing_about_the_number_of_units(units):
    lengths = set()
    for number in (1, units):
        one = right(1, number)
        box = BallotBox("m", Roll([one]), DIGEST, KEK, secret=True)
        lengths.add(len(box.seal(one, list(one.units), {"2026-001": ["for"]}, SPECS)["sealed"]))
    assert len(lengths) == 1
