"""Keys of trustees: what is enough opens, what is less or wrong does not and is named."""

import base64
import itertools
import json
from functools import cache

import pytest
from Crypto.Protocol.SecretSharing import Shamir
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.seal import (
    SUITES,
    open_ballot,
    opener,
    opens,
    pack,
    public_of,
    releases_record,
    seal_ballot,
    unpack,
)
from portal.evidence.sharing import deal
from portal.evidence.verifier.releases import (
    FIELD_BITS,
    Opener,
    combine,
    invert,
    multiply,
)
from portal.evidence.verifier.report import ProblemError
from portal.evidence.verify import verify
from tests.unit.evidence.sample import Meeting, reseal
from tests.unit.evidence.sample import unpack as files_of
from tests.unit.evidence.test_second_verifier import second

MEETING, PROFILE = "meeting-2026-001", "sha256:" + "ab" * 32
elements = st.integers(0, 2**FIELD_BITS - 1)


def private(number):
    return X25519PrivateKey.from_private_bytes(bytes([number]) * 32).private_bytes_raw().hex()


PRIVATE = {public_of(private(n))["key"]: private(n) for n in range(1, 7)}
KEYS = [public_of(private(n)) for n in range(1, 7)]
GROUPS = [
    {"group": "convenor", "needed": 1, "keys": KEYS[:1]},
    {"group": "street_office", "needed": 1, "keys": KEYS[1:2]},
    {"group": "scrutineers", "needed": 2, "keys": KEYS[2:5]},
    {"group": "notary", "needed": 1, "keys": KEYS[5:]},
]
SEALING = {"suite": "aes128gcm", "needed": 2, "groups": GROUPS}


def released(keys):
    return releases_record(MEETING, [{"key": key, "private": PRIVATE[key]} for key in keys])


@given(elements, elements, elements)
@settings(max_examples=50)
def test_field_of_the_shares_is_a_field(a, b, c):
    assert multiply(a, b) == multiply(b, a)
    assert multiply(a, b ^ c) == multiply(a, b) ^ multiply(a, c)
    assert multiply(a, multiply(b, c)) == multiply(multiply(a, b), c)
    assert multiply(a, 1) == a
    assert not a or multiply(a, invert(a)) == 1


@given(st.binary(min_size=16, max_size=16), st.integers(2, 5), st.integers(0, 3), st.randoms())
@settings(max_examples=30)
def test_shares_of_the_library_give_the_secret_from_every_subset(secret, needed, more, chance):
    shares = Shamir.split(needed, needed + more, secret)
    for some in itertools.combinations(shares, needed):
        picked = list(some)
        chance.shuffle(picked)
        values = {place: int.from_bytes(share, "big") for place, share in picked}
        assert combine(values).to_bytes(16, "big") == secret == Shamir.combine(picked)


def permitted(keys):
    """Say by the words of the rule whether two groups are there: persons 3 to 5 need two."""
    at = [KEYS.index(next(k for k in KEYS if k["key"] == key)) for key in keys]
    groups = [0 in at, 1 in at, len({2, 3, 4} & set(at)) >= 2, 5 in at]
    return sum(groups) >= 2


@pytest.mark.clause("EV-4.1.9")
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_exactly_the_permitted_sets_of_keys_open_and_all_to_the_same_ballot(suite):
    sealing = {**SEALING, "suite": suite}
    envelope = seal_ballot(MEETING, sealing, PROFILE, ["u1"], {"m": ["for"]}, nonce="n")
    assert unpack(pack(envelope), MEETING, envelope["ballot"], sealing) == envelope
    found = set()
    for size in range(len(PRIVATE) + 1):
        for keys in itertools.combinations(PRIVATE, size):
            assert opens(sealing, list(keys)) == permitted(keys)
            if permitted(keys):
                with_ = opener(sealing, released(keys))
                found.add(canonical(open_ballot(envelope, with_, PROFILE)))
            else:
                with pytest.raises(EvidenceError, match="fewer keys"):
                    opener(sealing, released(keys))
    assert len(found) == 1


def test_shares_of_too_few_say_nothing_even_when_the_threshold_is_ignored():
    sealing = {**SEALING, "needed": 1}
    envelope = seal_ballot(MEETING, SEALING, PROFILE, ["u1"], {"m": ["for"]})
    for group in GROUPS:
        keys = [key["key"] for key in group["keys"]]
        with pytest.raises(EvidenceError):
            open_ballot(envelope, opener(sealing, released(keys)), PROFILE)


def test_wrong_key_is_named():
    keys = [KEYS[0]["key"], KEYS[1]["key"]]
    rows = released(keys)["releases"]
    wrong = [{**rows[0], "private": private(6)}, rows[1]]
    with pytest.raises(EvidenceError, match=rows[0]["key"]):
        opener(SEALING, {"releases": wrong})
    with pytest.raises(EvidenceError, match="twice"):
        opener(SEALING, {"releases": [rows[0], rows[0]]})
    with pytest.raises(EvidenceError, match="x25519:00"):
        opener(SEALING, {"releases": [{"key": "x25519:00", "private": private(1)}]})


def test_share_moved_between_ballots_or_seats_does_not_open():
    first = seal_ballot(MEETING, SEALING, PROFILE, ["u1"], {"m": ["for"]})
    second_ = seal_ballot(MEETING, SEALING, PROFILE, ["u2"], {"m": ["for"]})
    with_ = opener(SEALING, released([KEYS[0]["key"], KEYS[1]["key"]]))
    for rows in (second_["recipients"], first["recipients"][1::-1] + first["recipients"][2:]):
        with pytest.raises(EvidenceError):
            open_ballot({**first, "recipients": rows}, with_, PROFILE)


def test_dealer_who_gives_one_group_shares_of_another_key_is_found():
    honest = seal_ballot(MEETING, SEALING, PROFILE, ["u1"], {"m": ["for"]})
    binding = {"meeting": MEETING, "ballot": honest["ballot"], "profile": PROFILE}
    other = [base64.b64encode(one).decode() for one in deal(bytes(16), SEALING, binding)]
    rows = honest["recipients"]
    mixed = [
        {**row, "sealed": other[at]} if at in (2, 3, 4) else row for at, row in enumerate(rows)
    ]
    crooked = {**honest, "recipients": mixed}
    both = opener(SEALING, released([KEYS[0]["key"], KEYS[1]["key"]]))
    assert open_ballot(crooked, both, PROFILE)["units"] == ["u1"]
    fooled = opener(SEALING, released([KEYS[0]["key"], KEYS[2]["key"], KEYS[3]["key"]]))
    with pytest.raises(EvidenceError):
        open_ballot(crooked, fooled, PROFILE)


class Shared(Meeting):
    """The sample meeting with trustees; two groups released their keys."""

    suite = "aes128gcm"

    def make_keys(self):
        self.sealing, self.sealed_key = {**SEALING, "suite": self.suite}, {"sealed": ""}

    def released(self):
        return released([key["key"] for key in (KEYS[1], *KEYS[2:5])])


class SharedBySm4(Shared):
    suite = "sm4gcm"


@cache
def package(meeting=Shared):
    return meeting(units=20, cast=8).package()


@pytest.mark.clause("EV-8.4.1", "EV-11.2.3")
@pytest.mark.parametrize("meeting", [Shared, SharedBySm4])
def test_both_verifiers_open_the_ballots_with_the_keys_of_trustees(tmp_path, meeting):
    data = package(meeting)
    assert f'"suite":"{meeting.suite}"'.encode() in data
    outcome, code = second(tmp_path, data)
    assert (set(outcome.values()), code) == ({"ok"}, 0)
    passed = {check["name"] for check in verify(data).checks if check["status"] == "ok"}
    assert set(outcome) == passed


def without_a_release(record):
    del record["releases"][0]


def with_a_flipped_release(record):
    raw = record["releases"][1]["private"]
    record["releases"][1]["private"] = raw[:-2] + f"{int(raw[-2:], 16) ^ 64:02x}"


def with_another_key_added(record):
    record["releases"].append({"key": KEYS[0]["key"], "private": PRIVATE[KEYS[0]["key"]]})


@pytest.mark.parametrize("meeting", [Shared, SharedBySm4])
@pytest.mark.parametrize("part", ["nonce", "content", "tag", "id"])
def test_ballot_changed_anywhere_opens_for_neither_verifier(tmp_path, meeting, part):
    files = files_of(package(meeting))
    name = "ballots/envelopes.jsonl"
    envelope, *others = map(json.loads, files[name].splitlines())
    sealed = bytearray(base64.b64decode(envelope["sealed"]))
    if part == "id":
        envelope["ballot"] = others[0]["ballot"]
    else:
        sealed[{"nonce": 3, "content": 40, "tag": -1}[part]] ^= 8
        envelope["sealed"] = base64.b64encode(sealed).decode()
    rows = [canonical(row) + b"\n" for row in (envelope, *others)]
    data = reseal({**files, name: b"".join(rows)})
    outcome, code = second(tmp_path, data)
    assert code == 1
    failed = {check for check, text in outcome.items() if text != "ok"}
    assert {"ballots", "openings"} == failed == {c["name"] for c in verify(data).failures}


@pytest.mark.parametrize(
    "change", [without_a_release, with_a_flipped_release, with_another_key_added]
)
def test_changed_release_is_found_by_both_verifiers(tmp_path, change):
    files = files_of(package())
    record = json.loads(files["release.json"])
    change(record)
    data = reseal({**files, "release.json": canonical(record)})
    outcome, code = second(tmp_path, data)
    assert code == 1
    failed = {name for name, text in outcome.items() if text != "ok"}
    assert "release" in failed
    assert failed == {check["name"] for check in verify(data).failures}


def test_settings_that_name_more_keys_than_anybody_shares_are_refused_at_once(tmp_path):
    """Working out the weights of so many shares would keep a verifier busy for hours."""
    files = files_of(package())
    name = next(one for one in files if one.endswith("-meeting-settings.json"))
    settings = json.loads(files[name])
    many = [public_of(f"{number:064x}") for number in range(1, 102)]
    settings["sealing"]["groups"] = [{"group": "owners", "needed": 101, "keys": many}]
    data = reseal({**files, name: canonical(settings)})
    assert {"release", "openings"} <= {row["name"] for row in verify(data).failures}
    outcome, _ = second(tmp_path, data)
    assert (outcome["release"], outcome["openings"]) == ("too many keys", "too many keys")
    with pytest.raises(ProblemError, match="more than 100 keys"):
        Opener(settings["sealing"], [])
