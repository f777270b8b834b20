"""The verifier in another language says of every voucher what the first one says."""

import json
import random
import subprocess
from functools import cache

import pytest

from portal.evidence import voucher as vouchers
from portal.evidence.canonical import canonical
from portal.evidence.package import build_package
from portal.evidence.verifier.voucher import verify_voucher
from tests.unit.evidence.sample import Meeting, meeting, package, signer
from tests.unit.evidence.test_meeting_keys import WRONG
from tests.unit.evidence.test_second_verifier import SECOND, node
from tests.unit.evidence.test_voucher import early, final, resigned


def second(tmp_path, cases):
    """Return what the second verifier says of (voucher, proof or None), as bytes."""
    names = []
    for at, (data, proof) in enumerate(cases):
        path = tmp_path / f"{at}-voucher.json"
        path.write_bytes(data)
        names.append(str(path))
        if proof is not None:
            beside = tmp_path / f"{at}-proof"
            beside.write_bytes(proof)
            names[-1] += f"+{beside}"
    command = [*node(), str(SECOND), *names]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.stderr == b""
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(cases)
    return outcomes, done.returncode


def first(data, proof):
    """Return the names of the checks that passed and that failed, by our own verifier."""
    checks = verify_voucher(data, proof).checks
    return tuple(
        {check["name"] for check in checks if check["status"] == status}
        for status in ("ok", "failed")
    )


def said(outcome):
    passed = {name for name, text in outcome.items() if text == "ok"}
    return passed, set(outcome) - passed


@cache
def other():
    """Return the same meeting played again: other nonces, therefore another log."""
    return Meeting()


def grown(played=None, **change):
    """Return the proof that the last head contains that of the voucher."""
    played = played or meeting()
    head = {**played.head, **change}
    return canonical(vouchers.log_proof(played.log, final()["head"]["size"], head, played.public))


@cache
def bucketed():
    """Return a voucher with a lot and a package with several buckets."""
    played = Meeting(step=0)
    archive = build_package({**played.content(full=False), **played.published()}, signer())
    made = vouchers.voucher(
        signer(),
        played.promises[4],
        meeting="m",
        title="t",
        community="c",
        address="a",
        lot=played.openings[4]["nonce"],
    )
    proven = vouchers.with_proof(signer(), made, played.log, played.indexes[4], played.head)
    return proven, archive


def inside(part, **change):
    record = final()
    return resigned({**record, part: {**record[part], **change}})


GOOD = {
    "early": lambda: (early(), None),
    "final": lambda: (final(), None),
    "under the last head": lambda: (final(later=True), None),
    "early, later head": lambda: (early(), grown()),
    "later head": lambda: (final(), grown()),
    "same head": lambda: (final(later=True), canonical(vouchers.log_proof(
        meeting().log, meeting().head["size"], meeting().head, meeting().public))),
    "P0": lambda: (final(), package(full=False)),
    "P2": lambda: (final(), package(full=True)),
    "early, package": lambda: (early(), package(full=False)),
    "in its bucket": bucketed,
}  # fmt: skip
BAD = {
    "seal": lambda: ({**final(), "title": "x"}, None),
    "no keys": lambda: ({**final(), "keys": []}, None),
    "other leaf": lambda: (resigned({**final(), "leaf": final(12)["leaf"]}), None),
    "other promise": lambda: (resigned({**final(), "promise": final(12)["promise"]}), None),
    "other leaf and promise": lambda: (
        resigned({**final(), **{part: final(12)[part] for part in ("leaf", "promise")}}),
        None,
    ),
    "other path": lambda: (resigned({**final(), "inclusion": final(12)["inclusion"]}), None),
    "other head": lambda: (resigned({**final(), "head": final(12)["head"]}), None),
    "forged head": lambda: (inside("head", signature="00" * 64), None),
    "other index": lambda: (inside("inclusion", index=final()["inclusion"]["index"] + 1), None),
    "negative index": lambda: (inside("inclusion", index=-1), None),
    "short path": lambda: (inside("inclusion", sha256=final()["inclusion"]["sha256"][:-1]), None),
    "long path": lambda: (
        inside("inclusion", sm3=[*final()["inclusion"]["sm3"], "00" * 32]),
        None,
    ),
    "no promise": lambda: (inside("promise", type="log-head"), None),
    "rewritten log": lambda: (final(), grown(other())),
    "package of another log": lambda: (final(), other().package(full=False)),
    "early, package of another log": lambda: (early(), other().package(full=False)),
    "stranger's head": lambda: (final(), grown(signature="00" * 64)),
    "no bucket": lambda: (resigned({**bucketed()[0], "lot": "0" * 32}), bucketed()[1]),
    **{
        name: lambda make=make: (resigned({**final(), "keys": [make()]}), None)
        for name, (make, _) in WRONG.items()
    },
}


@pytest.mark.clause("EV-4.1.3")
@pytest.mark.parametrize(("cases", "code"), [(GOOD, 0), (BAD, 1)], ids=["right", "wrong"])
def test_both_verifiers_say_the_same_of_every_voucher(tmp_path, cases, code):
    made = [make() for make in cases.values()]
    files = [(canonical(record), proof) for record, proof in made]
    outcomes, found = second(tmp_path, files)
    assert found == code
    for name, (data, proof), outcome in zip(cases, files, outcomes, strict=True):
        assert said(outcome) == first(data, proof), name
        assert bool(said(outcome)[1]) == bool(code), name


def test_second_verifier_notices_a_flipped_byte_anywhere_in_a_voucher(tmp_path):
    chance, data = random.Random(88), canonical(final())
    cases = []
    for position in chance.sample(range(len(data)), 100):
        changed = bytearray(data)
        changed[position] ^= 1 << chance.randrange(8)
        cases.append((bytes(changed), None))
    outcomes, code = second(tmp_path, cases)
    assert code == 1
    assert all(said(outcome)[1] for outcome in outcomes)


def test_second_verifier_says_of_junk_that_it_is_no_voucher(tmp_path):
    junk = [b"{", b"{}", b'{"type":"voucher","v":1}', b"[]", b"\xff", b"null"]
    outcomes, code = second(tmp_path, [(data, None) for data in junk])
    assert code == 1
    assert all(said(outcome)[1] for outcome in outcomes)
