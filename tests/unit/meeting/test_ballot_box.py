"""The ballot box by itself: slots, log, secrecy of length, and the count against a reference."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import ZODB
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from content_types.meeting import counting
from content_types.meeting.ballot_box import BallotBox
from content_types.meeting.roll import Right, Roll
from content_types.meeting.sequencing import take_in
from content_types.meeting.slots import nonce_digest
from portal.evidence import records
from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.keys import Ed25519Signer, public_record
from portal.rules.decision import select_rule
from portal.rules.profile_files import digest, load_profile
from portal.rules.tally import MotionSpec

PROFILE = load_profile(Path("workflows/profiles/shenzhen-draft-2019.yaml"))
DIGEST = f"sha256:{digest(PROFILE)}"
KEK = bytes(range(32))
SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
NOW = datetime(2026, 6, 20, 1, 0, tzinfo=UTC)
SPECS = (
    MotionSpec("2026-001", "single", ("for", "against", "abstain"), 1),
    MotionSpec("2026-002", "competitive", ("o1", "o2", "o3", "o4"), 3),
)


def right(number, units=1, area=8000):
    codes = tuple(f"b1/1-{number:03d}{at:02d}" for at in range(units))
    salts = tuple(bytes([at]) * 16 for at in range(units))
    return Right(f"r{number:05d}", codes, (area,) * units, salts)


def box_of(rights):
    box = BallotBox("haitang-2026-001", Roll(rights), DIGEST, KEK)
    box.use_signing_key(public_record(SIGNER))
    return box


def put(box, one, choices, left_out=(), minutes=0):
    units = [unit for unit in one.units if unit not in left_out]
    envelope = box.seal(one, units, choices, SPECS)
    slot = box.slots[one.key]
    at = NOW + timedelta(minutes=minutes)
    slot.put(envelope, at=at, channel="electronic", caster=b"c" * 8, nonce=b"n" * 16)
    slot.left_out = tuple(left_out)
    return envelope


marks = st.fixed_dictionaries(
    {},
    optional={
        "2026-001": st.sampled_from([["for"], ["against"], ["abstain"]]),
        "2026-002": st.lists(
            st.sampled_from(["o1", "o2", "o3", "o4"]), min_size=1, max_size=3, unique=True
        ),
    },
)


@given(first=marks, second=marks, units=st.integers(1, 40))
@settings(max_examples=25)
def test_length_of_a_sealed_ballot_tells_nothing_about_the_choice(first, second, units):
    lengths = set()
    for choices in (first, second):
        box = box_of([right(1, units)])
        put(box, right(1, units), choices)
        lengths.add(len(box.slots["r00001"].sealed))
    assert len(lengths) == 1


def test_slot_gives_back_the_very_bytes_that_are_logged():
    box = box_of([right(1)])
    envelope = put(box, right(1), {"2026-001": ["for"]})
    assert box.leaf(box.slots["r00001"]) == canonical(envelope)


def test_second_ballot_does_not_go_into_a_slot():
    box = box_of([right(1)])
    put(box, right(1), {"2026-001": ["for"]})
    with pytest.raises(EvidenceError):
        put(box, right(1), {"2026-001": ["against"]})


def test_tally_key_stays_sealed_while_the_gate_is_open():
    box = box_of([right(1)])
    with pytest.raises(EvidenceError):
        box.releases(KEK)
    box.gate.is_open = False
    assert box.releases(KEK)["releases"][0]["private"]
    with pytest.raises(EvidenceError):
        box.releases(bytes(32))


def test_ballots_enter_the_log_in_the_order_of_their_cast_and_only_once():
    box = box_of([right(number) for number in (1, 2, 3)])
    for number, minutes in ((2, 5), (1, 9), (3, 1)):
        put(box, right(number), {"2026-001": ["for"]}, minutes=minutes)
    assert take_in(box, SIGNER, NOW) == ["r00003", "r00002", "r00001"]
    assert take_in(box, SIGNER, NOW) == []
    assert [box.index_of(f"r0000{n}") for n in (3, 2, 1)] == [0, 1, 2]
    assert box.log.fsck(box.read, [public_record(SIGNER)]).ok


def test_place_of_a_ballot_is_read_without_the_other_ballots():
    """Once for each ballot of a small and of a large vote: what a voucher reads is bounded."""
    for voters in (10, 300):
        rights = [right(number) for number in range(voters)]
        box = box_of(rights)
        envelope = put(box, rights[0], {"2026-001": ["for"]})
        for one in rights[1:]:
            values = {"at": NOW, "channel": "electronic", "caster": b"c" * 8, "nonce": b"n" * 16}
            box.slots[one.key].put(envelope, **values)
        database = ZODB.DB(None)
        with database.transaction() as connection:
            connection.root()["box"] = box
            take_in(box, SIGNER, NOW)
        connection = database.open()
        try:
            box = connection.root()["box"]
            assert box.index_of(rights[-1].key) == voters - 1
            connection.cacheMinimize()
            connection.getTransferCounts(clear=True)
            assert box.index_of(rights[-1].key) == voters - 1
            loads, _ = connection.getTransferCounts()
            # The box, the table of slots, one of its leaves and the slot.
            assert 1 < loads <= 4
        finally:
            connection.close()
            database.close()


def test_place_of_a_ballot_is_none_before_it_is_logged():
    box = box_of([right(1), right(2)])
    put(box, right(1), {"2026-001": ["for"]})
    assert (box.index_of("r00001"), box.place_fault()) == (None, "")
    take_in(box, SIGNER, NOW)
    assert (box.index_of("r00001"), box.index_of("r00002")) == (0, None)
    assert box.place_fault() == ""


@pytest.mark.parametrize(("key", "place"), [("r00001", None), ("r00001", 1), ("r00003", 0)])
def test_check_finds_a_place_that_is_not_that_of_the_log(key, place):
    box = box_of([right(number) for number in (1, 2, 3)])
    for number in (1, 2):
        put(box, right(number), {"2026-001": ["for"]}, minutes=number)
    take_in(box, SIGNER, NOW)
    box.slots[key].index = place
    assert key in box.place_fault()


def test_nonce_of_one_account_says_nothing_for_another():
    assert nonce_digest("a" * 32, "one") != nonce_digest("a" * 32, "two")
    assert nonce_digest("a" * 32, "one") == nonce_digest("a" * 32, "one")


def settings_of(box):
    rules = [
        select_rule(PROFILE, matter, date(2026, 6, 20))
        for matter in ("service_company", "committee_election")
    ]
    return records.settings_record(
        box.meeting_id,
        community="海棠花园",
        title="会议",
        opens_at=NOW,
        closes_at=NOW,
        profile={"id": PROFILE.id, "version": PROFILE.version, "digest": DIGEST},
        sealing=box.sealing,
        motions=[
            records.motion_settings(spec, spec.key, spec.options, rule, seats=seats)
            for spec, rule, seats in zip(SPECS, rules, (0, 2), strict=True)
        ],
    )


people = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 50_000), st.none() | marks), max_size=12
)


@pytest.mark.clause("SZ-23", "SZ-25.1")
@given(people=people)
@settings(max_examples=40)
def test_count_of_sealed_ballots_agrees_with_plain_sums(people):
    rights = [
        right(0, 1, 1),
        *(right(n, units, area) for n, (units, area, _) in enumerate(people, 1)),
    ]
    box = box_of(rights)
    for one, (_, _, choices) in zip(rights[1:], people, strict=True):
        if choices is not None:
            put(box, one, choices)
    take_in(box, SIGNER, NOW)
    box.gate.is_open = False
    openings = counting.opened(box, box.opener(KEK))
    record = counting.result_of(box, settings_of(box), openings, version=1)
    voted = [(units * area, choices) for units, area, choices in people if choices is not None]

    def sums(of):
        found = [area for area, choices in voted if of(choices)]
        return [len(found), sum(found)]

    assert record["totals"] == [len(rights), sum(one.area for one in rights)]
    assert record["participation"] == sums(lambda _: True)
    for spec, row in zip(SPECS, record["motions"], strict=True):
        assert row["blank"] == sums(lambda c, s=spec: s.key not in c)
        for option in row["options"]:
            name = option["option"]
            assert option["votes"] == sums(lambda c, s=spec, n=name: n in c.get(s.key, ()))
    assert sorted(map(tuple, (o["units"] for o in openings))) == sorted(
        one.units for one, (_, _, c) in zip(rights[1:], people, strict=True) if c is not None
    )


def test_ballot_of_other_units_than_its_slot_stops_the_count():
    rights = [right(1), right(2)]
    box = box_of(rights)
    put(box, rights[0], {"2026-001": ["for"]})
    put(box, rights[1], {"2026-001": ["against"]})
    one, two = box.slots["r00001"], box.slots["r00002"]
    one.sealed, two.sealed = two.sealed, one.sealed
    one.ballot, two.ballot = two.ballot, one.ballot
    take_in(box, SIGNER, NOW)
    box.gate.is_open = False
    with pytest.raises(EvidenceError, match="other units"):
        counting.opened(box, box.opener(KEK))
