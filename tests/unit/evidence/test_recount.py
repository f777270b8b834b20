"""A full package alone gives the result again, in an installation that knows nothing else."""

import json
import shutil
import subprocess
import sys

import pytest

from portal.evidence.canonical import EvidenceError, canonical
from portal.evidence.recount import recount
from tests.unit.evidence.sample import meeting, package, uniform_packages


@pytest.mark.clause("EV-11.6.1", "EV-8.4.1")
def test_result_follows_from_the_package_alone():
    assert canonical(recount(package(full=True))) == canonical(meeting().result)
    assert recount(uniform_packages()[1])["participation"][0] == 32


def test_public_package_holds_no_ballots_to_count():
    with pytest.raises(EvidenceError, match="level P2"):
        recount(package(full=False))


def test_damaged_package_is_not_counted():
    data = bytearray(package(full=True))
    data[data.index(b'"choices"') + 20] ^= 1
    with pytest.raises(EvidenceError, match="container"):
        recount(bytes(data))


@pytest.mark.clause("EV-11.6.1")
def test_command_recounts_without_any_site(tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(package(full=True))
    command = [shutil.which("env"), "-i", sys.executable, "-m", "portal.scripts.main"]
    done = subprocess.run(
        [*command, "verify", str(path), "--recount"], capture_output=True, check=False, timeout=60
    )
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    votes = {
        option["option"]: option["votes"]
        for option in json.loads(canonical(meeting().result))["motions"][0]["options"]
    }
    assert f"motion-2026-001: for {votes['for'][0]}/{votes['for'][1]}" in text
    assert "recount equals the result" in text
