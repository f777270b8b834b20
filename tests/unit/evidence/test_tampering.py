"""Whoever changes a package is found out, outsider and insider alike."""

import json
import random
import resource
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.evidence.canonical import canonical, canonical_value
from portal.evidence.verify import verify
from tests.unit.evidence.insider import RESULT, SETTINGS, failed
from tests.unit.evidence.sample import (
    meeting,
    owners_package,
    package,
    plain_signer,
    reseal,
    signer,
    unpack,
)


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize("level", ["P0", "P1", "P2"])
def test_flipped_byte_is_found_at_200_random_positions(level):
    """P2 here is the package for the notary, with documents and time stamps."""
    data = {"P0": package(full=False), "P1": owners_package(), "P2": package(full=True)}[level]
    chance = random.Random(20260620)
    for position in chance.sample(range(len(data)), 200):
        changed = bytearray(data)
        changed[position] ^= 1 << chance.randrange(8)
        assert all(failed(verify(bytes(changed))).values())


def test_flipped_byte_inside_a_file_names_this_file():
    data = package(full=True)
    for name, content in unpack(data).items():
        changed = bytearray(data)
        changed[data.index(content) + len(content) // 2] ^= 4
        found = failed(verify(bytes(changed)))
        assert found["container"] == name
        if name not in ("manifest.json", "seal.json"):
            assert found["manifest"] == name


def test_flipped_byte_of_the_container_itself_is_found():
    data = package(full=False)
    for position in [*range(30), *range(len(data) - 400, len(data))]:
        changed = bytearray(data)
        changed[position] ^= 1
        assert "container" in failed(verify(bytes(changed)))


@pytest.mark.parametrize("change", [b"more", b"\0", b"PK\5\6" + b"\0" * 18])
def test_appended_bytes_are_found(change):
    assert "container" in failed(verify(package(full=False) + change))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_cut_package_is_found(length):
    data = package(full=False)
    failed(verify(data[: length % len(data)]))


@settings(max_examples=80)
@given(st.binary(max_size=300))
def test_junk_is_refused_with_a_report(data):
    failed(verify(data))
    failed(verify(b"PK\3\4" + data))


def edited(change, *, full=True):
    """Let an insider with the signing key change files and make manifest and seal fit again."""
    files = unpack(package(full=full))
    change(files)
    return verify(reseal(files))


def edit_json(name, change):
    def apply(files):
        content = json.loads(files[name])
        change(content)
        files[name] = canonical(content)

    return apply


def lines(files, name):
    return files[name].splitlines(keepends=True)


def test_untouched_package_may_be_sealed_again():
    assert edited(lambda files: None).ok


def test_stranger_cannot_seal_a_changed_package():
    files = unpack(package(full=False))
    files["README.txt"] += b"more"
    assert failed(verify(reseal(files, by=signer(9)))) == {"seal": "seal.json"}


def test_package_signed_throughout_by_a_stranger_fails_for_who_knows_the_key():
    assert "trust" in failed(verify(package(full=False), trusted=(plain_signer(9).key_id,)))


def test_removed_ballot_is_found():
    def remove(files):
        for name in ("ballots/envelopes.jsonl", "ballots/openings.jsonl"):
            files[name] = b"".join(lines(files, name)[:-1])

    assert {"ballots", "one_vote"} <= failed(edited(remove)).keys()


def test_removed_leaf_is_found():
    def remove(content):
        for name in ("sha256", "sm3"):
            del content[name][5]
        content["size"] -= 1
        content["withheld"] -= 1

    assert "log" in failed(edited(edit_json("log/leaves.json", remove), full=False))


def test_added_ballot_is_found():
    played = meeting()

    def insert(files):
        more = played.seal(["u00039"], {})
        files["ballots/envelopes.jsonl"] += canonical(more) + b"\n"

    assert {"ballots", "openings"} <= failed(edited(insert)).keys()


def test_exchanged_ballot_is_found():
    played = meeting()

    def exchange(files):
        rows = lines(files, "ballots/envelopes.jsonl")
        unit = played.openings[4]["units"]
        other = played.seal(unit, {})
        files["ballots/envelopes.jsonl"] = b"".join(
            [*rows[:4], canonical(other) + b"\n", *rows[5:]]
        )

    assert {"ballots", "openings"} <= failed(edited(exchange)).keys()


def test_swapped_areas_are_found():
    def swap(files):
        rows = [json.loads(line) for line in lines(files, "roll.jsonl")]
        rows[2]["area"], rows[3]["area"] = rows[3]["area"], rows[2]["area"]
        files["roll.jsonl"] = b"".join(canonical(row) + b"\n" for row in rows)

    assert "roll" in failed(edited(swap))


@pytest.mark.parametrize("full", [False, True])
def test_changed_threshold_is_found(full):
    def lower(content):
        content["motions"][0]["rule"]["quorum"]["denominator"] = 9

    found = failed(edited(edit_json(SETTINGS, lower), full=full))
    assert found["records"] == SETTINGS
    assert {"thresholds", "result"} <= found.keys()


@pytest.mark.parametrize(
    ("name", "change", "check"),
    [
        (RESULT, lambda c: c["motions"][0]["options"][0]["votes"].__setitem__(0, 99), "sums"),
        (RESULT, lambda c: c["motions"][1]["verdict"].update(carried=None), "result"),
        (RESULT, lambda c: c["motions"][2]["standings"].reverse(), "result"),
        (RESULT, lambda c: c["motions"][2]["standings"][0].__setitem__("rank", 2), "result"),
        (RESULT, lambda c: c["motions"][0].__setitem__("more", 1), "result"),
        (RESULT, lambda c: c["channels"][0].__setitem__("ballots", 31), "channels"),
        (RESULT, lambda c: c["totals"].__setitem__(1, 1), "sums"),
        (RESULT, lambda c: c["participation"].__setitem__(0, 30), "channels"),
        (SETTINGS, lambda c: c["deadlines"][0].__setitem__("met", False), "deadlines"),
        (SETTINGS, lambda c: c["deadlines"][0].__setitem__("actual", c["opens_at"]), "deadlines"),
        (SETTINGS, lambda c: c["motions"][0].__setitem__("agree", "against"), "result"),
        (SETTINGS, lambda c: c["motions"][2].__setitem__("seats", 1), "result"),
        ("log/heads.json", lambda c: c["heads"][0].__setitem__("time", 1), "heads"),
        ("log/heads.json", lambda c: c["heads"].pop(), "log"),
        ("keys.json", lambda c: c["keys"][0].__setitem__("public", "00" * 32), "heads"),
        ("release.json", lambda c: c["releases"][0].update(private="01" * 32), "release"),
    ],
)
def test_each_changed_field_fails_its_own_check(name, change, check):
    assert check in failed(edited(edit_json(name, change)))


def test_result_may_not_be_logged_before_the_last_ballot():
    def move(files):
        files["records/00000012-result.json"] = files.pop(RESULT)

    assert {"order", "records"} <= failed(edited(move)).keys()


@pytest.mark.parametrize(
    "name",
    [
        SETTINGS,
        RESULT,
        "log/leaves.json",
        "keys.json",
        "roll.jsonl",
        "units.jsonl",
        "release.json",
        "ballots/openings.jsonl",
    ],
)
def test_missing_file_is_found(name):
    failed(edited(lambda files: files.pop(name)))


@pytest.mark.parametrize(
    ("name", "change", "check"),
    [
        ("buckets.json", lambda c: c["buckets"][0].update(ballots=31), "buckets"),
        ("buckets.json", lambda c: c.update(seed="00" * 32), "buckets"),
        ("participation.json", lambda c: c["units"][0].update(voted=False), "participation"),
        ("participation.json", lambda c: c["units"].pop(), "participation"),
        ("owners.json", lambda c: c.update(participation=False), "participation"),
        ("stamps.json", lambda c: c["stamps"][0].update(head=1), "stamps"),
        ("stamps.json", lambda c: c.update(roots=[]), "stamp_seals"),
    ],
)
def test_each_change_of_what_owners_get_fails_its_own_check(name, change, check):
    files = unpack(owners_package())
    edit_json(name, change)(files)
    assert check in failed(verify(reseal(files)))


def test_changed_document_is_found():
    found = failed(edited(lambda files: files.update({"documents/001-notice.md": b"other"})))
    assert found["documents"] == "documents/001-notice.md"


def test_changed_opening_is_found():
    def change(files):
        rows = lines(files, "ballots/openings.jsonl")
        rows[1] = rows[1].replace(b'["for"]', b'["against"]')
        files["ballots/openings.jsonl"] = b"".join(rows)

    assert {"openings", "recount", "units"} <= failed(edited(change)).keys()


def paths(value, path=()):
    """Yield the path of every value inside a record."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from paths(item, (*path, at))


FILES = unpack(package(full=True))
PUBLIC = sorted(name for name in FILES if name.startswith(("records/", "log/")))
OTHER = st.sampled_from([None, True, -1, 0, 2**53 - 1, "", "x", "00", [], {}, [0, 0], {"a": 1}])


@settings(max_examples=150)
@given(st.sampled_from(PUBLIC), OTHER, st.data())
def test_any_other_value_anywhere_in_a_public_record_is_found(name, other, data):
    content = json.loads(FILES[name])
    *path, last = data.draw(st.sampled_from(list(paths(content))[1:]))
    place = content
    for key in path:
        place = place[key]
    place[last] = other
    data = canonical_value(content)
    report = verify(reseal({**FILES, name: data}))
    assert report.ok == (data == FILES[name]), report.text()


def test_number_a_forger_made_huge_costs_no_memory(tmp_path):
    content = json.loads(FILES["log/leaves.json"]) | {"size": 2**53 - 1}
    forged = tmp_path / "forged.zip"
    forged.write_bytes(reseal({**FILES, "log/leaves.json": canonical(content)}))
    (tmp_path / "verify.py").write_bytes(FILES["verify.py"])
    done = subprocess.run(
        [sys.executable, tmp_path / "verify.py", forged],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "log/leaves.json" in done.stdout
    assert "MemoryError" not in done.stdout + done.stderr


def test_true_is_no_version_number():
    name = next(name for name in PUBLIC if name.startswith("log/") and b'"v":1}' in FILES[name])
    content = json.loads(FILES[name]) | {"v": True}
    report = verify(reseal({**FILES, name: canonical_value(content)}))
    assert not report.ok
