"""The operator imports a register from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal import content
from tests.functional.conftest import SiteUnderTest

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data"
COMMAND = (sys.executable, "-m", "portal.scripts.main", "import-register")


@pytest.fixture
def command(tmp_path):
    """Make a site with one community and return a function that runs the command on it."""
    site = SiteUnderTest(tmp_path)

    def make(request):
        item = content.create("community", request, title="海棠花园")
        content.add(request.site["communities"], item, request, name="haitang")

    site.run(make)
    site.close()
    ini = tmp_path / "site.ini"
    ini.write_text(
        f"[app:main]\nuse = egg:yitang\nyitang.data = {tmp_path}\nyitang.broker = none\n"
        "[server:main]\nuse = egg:waitress#main\nlisten = 127.0.0.1:0\n"
        "[loggers]\nkeys = root\n[handlers]\nkeys =\n[formatters]\nkeys =\n"
        "[logger_root]\nhandlers =\n",
        "utf-8",
    )

    def run(*words):
        # A process of its own, as the operator starts it: it opens and leaves the database.
        return subprocess.run(
            [*COMMAND, "--ini", str(ini), *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )

    return run


def test_command_imports_reports_and_changes_nothing_the_second_time(command):
    clean = str(DATA / "register-clean.xlsx")
    for words in ("导入完成", "没有任何改动"):
        done = command("haitang", clean)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout


def test_command_refuses_a_file_with_refused_rows_and_names_them(command):
    done = command("haitang", str(DATA / "register-dirty.xlsx"))
    assert done.returncode == 1
    assert "127\t拒绝\t证件号码\t1101**********2330" in done.stdout
    assert "名册没有改动" in done.stdout


def test_command_names_an_unknown_community(command):
    done = command("nowhere", str(DATA / "register-clean.xlsx"))
    assert done.returncode == 2
    assert "nowhere" in done.stderr
