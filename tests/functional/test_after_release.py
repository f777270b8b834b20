"""Whoever knows the choices adds nothing any more: ballots and joins come before the release."""

import json

import pytest

from portal.evidence.canonical import canonical
from portal.evidence.keys import sign_record
from portal.evidence.verifier.tree import roots_at
from portal.evidence.verify import verify
from tests.functional.assembly import meeting_of
from tests.functional.test_late_units import LateVote
from tests.unit.evidence.sample import reseal, unpack
from tests.unit.evidence.test_second_verifier import second


def exchanged(files, first, signer):
    """Return the package with leaf ``first`` and the next in each other's place, signed anew."""
    moved = {f"{first:08d}-": f"{first + 1:08d}-", f"{first + 1:08d}-": f"{first:08d}-"}
    found = {}
    for name, data in files.items():
        number, rest = name[8:17], name[17:]
        record = name.startswith("records/") and number in moved
        found[f"records/{moved[number]}{rest}" if record else name] = data
    log = json.loads(found["log/leaves.json"])
    for algorithm in ("sha256", "sm3"):
        rows = log[algorithm]
        rows[first], rows[first + 1] = rows[first + 1], rows[first]
    heads = [one for one in json.loads(found["log/heads.json"])["heads"] if one["size"] <= first]
    last = json.loads(found["log/heads.json"])["heads"][-1]
    body = {name: value for name, value in last.items() if name not in ("key", "signature")}
    for algorithm in ("sha256", "sm3"):
        leaves = [bytes.fromhex(one) for one in log[algorithm]]
        body[f"root_{algorithm}"] = roots_at(algorithm, leaves, [len(leaves)])[len(leaves)].hex()
    heads.append(sign_record(signer, body))
    found["log/leaves.json"] = canonical(log)
    found["log/heads.json"] = canonical({"type": "log-heads", "v": 1, "heads": heads})
    return reseal(found, by=signer)


@pytest.fixture
def voting(open_site, moved_clock):
    return LateVote(open_site, moved_clock)


def signer_of(voting):
    return voting.site.run(lambda request: meeting_of(request).ballot_box.signer(request.registry))


@pytest.mark.clause("BJ-OQ13.3", "EV-8.4.1")
@pytest.mark.parametrize("level", [0, 1, 2])
def test_units_that_join_after_the_keys_were_released_fail_in_both_verifiers(
    voting, tmp_path, level
):
    voting.cast("dora", m1=["for"])
    voting.tick()
    voting.bind_later()
    voting.tick()
    voting.close()
    files = unpack(voting.packages()[level])
    (join,) = [name for name in files if name.endswith("-joined-units.json")]
    at = int(join[8:16])
    assert f"records/{at + 1:08d}-keys-released.json" in files
    data = exchanged(files, at, signer_of(voting))
    report = verify(data)
    assert {row["name"] for row in report.failures} == {"order"}
    outcome, code = second(tmp_path, data)
    assert outcome["order"] != "ok"
    assert code == 1


@pytest.mark.clause("EV-4.1.9", "EV-8.4.1")
def test_ballot_logged_after_the_keys_were_released_fails_in_both_verifiers(voting, tmp_path):
    voting.cast("anna", m1=["for"])
    voting.close()
    files = unpack(voting.packages()[2])
    (released,) = [name for name in files if name.endswith("-keys-released.json")]
    at = int(released[8:16])
    data = exchanged(files, at - 1, signer_of(voting))
    report = verify(data)
    assert {row["name"] for row in report.failures} == {"release"}
    outcome, code = second(tmp_path, data)
    assert outcome["release"] != "ok"
    assert code == 1
