"""A thief takes database and all keys of the server before the trustees release theirs."""

import hashlib
import itertools
import json
import re
import shutil

import pytest

from content_types.meeting.packages import package
from portal.evidence import seal
from portal.evidence.canonical import EvidenceError, canonical, canonical_value, digest
from portal.evidence.promise import leaf_digests
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.functional.test_canaries import API
from tests.functional.test_trustees import LOGINS, Trustees, keys_in
from tests.unit.evidence.sample import unpack

RELEASING = ("convenor", "street")
ROLES = ("", "dora", "eve", "street", "convenor", "residents", "root", "auditor", "monitor1")
# Everything of a meeting that a link or an address leads to.
ADDRESSES = (
    *("", "vote", "turnout", "evidence", "log.json", "history", "trustees", "notices", "roster"),
    *("result", "result.csv", "result.zip", "result.pdf", "package-P1.zip", "package-P2.zip"),
    *("unit-results", "unit-results.xlsx", "paper", "timeline.ics", "roster.zip"),
)


@pytest.fixture
def voted(site, moved_clock, tmp_path_factory):
    """Return an open vote under trustees in which three ballots lie."""
    meeting = Trustees(site, moved_clock, tmp_path_factory.mktemp("trustees"))
    meeting.name()
    meeting.rehearse(*LOGINS)
    meeting.vote()
    return meeting


@pytest.fixture
def stolen(voted, tmp_path_factory):
    """Return a copy of everything the server has, its keys included, run by the thief."""
    folder = tmp_path_factory.mktemp("stolen") / "data"
    shutil.copytree(voted.site.folder, folder)
    thief = SiteUnderTest(folder)
    yield thief
    thief.close()


def choices_possible(meeting):
    """Yield every ballot with one mark on each motion, and with motions left out."""
    motions = [[(), *((option,) for option in m.spec().options)] for m in meeting.motions()]
    names = [motion.spec().key for motion in meeting.motions()]
    for marks in itertools.product(*motions):
        yield {name: list(mark) for name, mark in zip(names, marks, strict=True) if mark}


@pytest.mark.clause("EV-4.1.9", "SZ-28", "EV-11.2.3")
def test_thief_of_database_and_all_keys_of_the_server_recovers_no_choice(stolen):
    folder = stolen.folder
    files = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    everything = b"\0".join(files.values())

    def attack(request):
        meeting = meeting_of(request)
        box = meeting.ballot_box
        # He is the operator of his copy: he shuts the gate and asks with the key of the server.
        box.gate.is_open = False
        with pytest.raises(EvidenceError, match="fewer keys"):
            box.opener(request.registry.kek)
        slots = [slot for slot in box.slots.values() if slot.is_cast]
        envelopes = [box.envelope(slot) for slot in slots]
        assert len(envelopes) == 3
        # Every ciphertext is of one length; beside it stands who voted, when, for which units and
        # the place in the log, which the order of the log (`sequence`) tells as well.
        assert len({len(slot.sealed) for slot in slots}) == 1
        beside = {name for slot in slots for name in vars(slot)} - {"ballot", "sealed"}
        assert beside == {"at", "caster", "index", "left_out", "nonce"}
        # No key he has or finds opens a share.
        public = {key["public"] for group in box.sealing["groups"] for key in group["keys"]}
        tried = {raw.hex() for raw in keys_in(folder, files)}
        assert len(tried) > 50
        assert public.isdisjoint({seal.public_of(raw)["public"] for raw in tried})
        # No sixteen bytes he has or finds are the key of a ballot.
        short = {bytes.fromhex(t.decode()) for t in re.findall(rb"[0-9a-f]{32}", everything)}
        for slot in slots:
            jar = slot._p_jar
            state, _ = jar._storage.load(slot._p_oid)
            short |= {state[at : at + 16] for at in range(len(state) - 15)}
        assert len(short) > 1000
        for envelope in envelopes:
            binding = {name: envelope[name] for name in ("meeting", "ballot")}
            binding |= {"profile": box.profile_digest}
            for raw in short:
                committed = {"type": "ballot-key", "v": 1, **binding, "key": raw.hex()}
                found = hashlib.sha256(canonical(committed)).hexdigest()
                assert found != envelope["commitment"]
        # No digest of a guessed choice stands anywhere that would tell him he guessed right.
        guesses = list(filter(None, choices_possible(meeting)))
        assert len(guesses) > 20
        for guess in guesses:
            for text in map(canonical_value, (guess, *guess.values())):
                for name in ("sha256", "sha1", "md5"):
                    value = hashlib.new(name, text).digest()
                    assert value not in everything
                    assert value.hex().encode() not in everything
                assert digest(text, "sm3").partition(":")[2].encode() not in everything

    stolen.run(attack)


@pytest.mark.clause("SZ-28")
def test_stolen_copy_moved_past_its_close_counts_nothing(stolen, moved_clock):
    """Not even the software itself, run by the thief on his own clock, comes to a result."""
    moved_clock.to(at(CLOSES))
    stolen.drain()
    state = stolen.run(lambda request: (m := meeting_of(request)).workflow_state + str(m.results))
    assert state == "counting()"
    browser = stolen.logged_in("convenor")
    for name in ("result", "result.csv", "unit-results", "package-P2.zip"):
        browser.get(Trustees.path + name, status=[303, 403, 404, 409])


def traces(meeting):
    """Return what would name an envelope: ballot id, commitment and both leaf hashes."""
    box = meeting.ballot_box
    found = set()
    for _, _, envelope in box.envelopes():
        found |= {envelope["ballot"], envelope["commitment"]}
        found |= set(leaf_digests(canonical(envelope)).values())
    return {one if isinstance(one, str) else one.hex() for one in found}


@pytest.mark.clause("SZ-28", "EV-8.5.1")
def test_nothing_that_is_shown_or_given_out_joins_an_envelope_to_a_unit(voted):
    site, names = voted.site, voted.look(traces)
    assert len(names) == 3 * 4
    site.make_account("root", ("administrator", "site"))
    site.make_account("auditor", ("audit_administrator", "site"))
    asked = 0
    for who in ROLES:
        browser = site.logged_in(who) if who else site.browser()
        for address in (*(voted.path + one for one in ADDRESSES), *(f"/api/v1/{a}" for a in API)):
            answer = browser.get(address, expect_errors=True)
            assert answer.status_int < 500, address
            asked += answer.status_int == 200
            assert not [name for name in names if name.encode() in answer.body], (who, address)
    assert asked > 50
    # Nor do the messages the site sent, or what the sequence of the audit log says of a cast.
    journal = f"promises/{voted.look(lambda m: m.ballot_box.meeting_id)}.jsonl"
    units = voted.look(lambda m: [u for r in m.ballot_box.roll.rights.values() for u in r.units])
    for path in site.folder.rglob("*"):
        if path.is_file() and "Data.fs" not in path.name:
            data = path.read_bytes()
            told = units if str(path).endswith(journal) else names
            assert not [name for name in told if name.encode() in data], path
    voted.close()
    for login in RELEASING:
        voted.send(login, "release", private=voted.private(login))
    site.drain()
    voted.publish()

    def packages(request):
        item = meeting_of(request)
        return [package(item, level, request.registry) for level in ("P0", "P1", "P2")]

    *public, full = site.run(packages)
    for data in public:
        files = unpack(data)
        for name, content in files.items():
            if any(one.encode() in content for one in names):
                assert not any(unit.encode() in content for unit in units), name
        rooms = files.get("participation.json", b"")
        assert b'"at"' not in rooms
        assert b'"time"' not in rooms
    # After the release the table by unit adds up to what everybody reads, and the envelope of a
    # right names the units of this right: whoever joined the two before learnt nothing more.
    check_table(voted, unpack(full))


def check_table(voted, files):
    """Add up the table by unit; an owner of several units is one head."""
    rows = [json.loads(line) for line in files["units.jsonl"].splitlines()]
    record = voted.look(lambda m: m.result.record)
    for motion in record["motions"]:
        for option in motion["options"]:
            mine = [
                r
                for r in rows
                if option["option"] in ((r["choices"] or {}).get(motion["motion"]) or ())
            ]
            assert [len({r["head"] for r in mine}), sum(r["area"] for r in mine)] == option["votes"]
    slots = voted.look(
        lambda m: {
            slot.ballot.hex(): sorted(m.ballot_box.cast_units(m.ballot_box.roll.rights[key]))
            for key, slot in m.ballot_box.slots.items()
            if slot.is_cast
        }
    )
    envelopes = [
        json.loads(line)["ballot"] for line in files["ballots/envelopes.jsonl"].splitlines()
    ]
    openings = [json.loads(line)["units"] for line in files["ballots/openings.jsonl"].splitlines()]
    assert {one: sorted(units) for one, units in zip(envelopes, openings, strict=True)} == slots
