"""The command `yitang` explains itself and its failures."""

import os
import subprocess
import sys

import pytest

from portal.scripts.main import COMMANDS


def yitang(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "portal.scripts.main", *words],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | environment,
        timeout=120,
    )


def test_help_lists_every_subcommand():
    done = yitang("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"\n    {name}" not in done.stdout] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_has_help(name):
    done = yitang(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: yitang {name}")


def test_missing_settings_file_is_one_line_and_a_failure(tmp_path):
    done = yitang("serve", "--ini", str(tmp_path / "none.ini"))
    assert done.returncode == 2
    assert done.stderr == f"yitang: There is no settings file {tmp_path}/none.ini.\n"


def test_settings_file_may_come_from_the_environment(tmp_path):
    done = yitang("serve", YITANG_INI=str(tmp_path / "other.ini"))
    assert f"{tmp_path}/other.ini" in done.stderr


def test_traceback_is_shown_only_with_debug(tmp_path):
    words = ("serve", "--ini", str(tmp_path / "none.ini"))
    assert "Traceback" not in yitang(*words).stderr
    assert "Traceback" in yitang(*words, "--debug").stderr


def test_unknown_subcommand_is_refused():
    done = yitang("nonsense")
    assert done.returncode == 2
    assert "invalid choice" in done.stderr
