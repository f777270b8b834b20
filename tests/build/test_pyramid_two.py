"""The way out of Pyramid 1 stays open: the site also runs on Pyramid 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Not the version the site runs on, so versions.cfg does not name it.
PYRAMID = "pyramid==2.1"


@pytest.mark.build
def test_site_runs_on_pyramid_two(tmp_path):
    where = tmp_path / "pyramid"
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "-q", "--no-deps", "--target", where, PYRAMID]
    subprocess.run([*install, "--python", sys.executable], check=True, stdin=subprocess.DEVNULL)
    # Pyramid 2 stands before the installed one on the path of a process of its own.
    command = [sys.executable, "-W", "ignore", ROOT / "tests/build/pyramid_two.py"]
    done = subprocess.run(
        [*command, tmp_path / "site", where],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{where}{os.pathsep}{ROOT}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
