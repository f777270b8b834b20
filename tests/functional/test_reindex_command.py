"""The operator makes the index of the search anew."""

import subprocess
import sys

import pytest

from portal import content, fulltext
from tests.functional.conftest import SiteUnderTest

COMMAND = (sys.executable, "-m", "portal.scripts.main")


@pytest.fixture
def folder(tmp_path):
    """Make a site whose index lost its one community and holds something else."""
    site = SiteUnderTest(tmp_path)

    def make(request):
        item = content.create("community", request, title="海棠花园")
        content.add(request.site["communities"], item, request, name="haitang")

    site.run(make)
    site.drain()
    site.registry.fulltext.rebuild([(999, "别的", "")])
    site.close()
    (tmp_path / "site.ini").write_text(
        f"[app:main]\nuse = egg:yitang\nyitang.data = {tmp_path}\nyitang.broker = none\n"
        "[server:main]\nuse = egg:waitress#main\n",
        "utf-8",
    )
    return tmp_path


def yitang(folder, name, *words):
    return subprocess.run(
        [*COMMAND, name, "--ini", str(folder / "site.ini"), *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_check_names_the_command_that_repairs_the_index_and_it_does(folder):
    assert "run `yitang reindex`" in yitang(folder, "check", "--quick").stdout
    done = yitang(folder, "reindex")
    assert done.returncode == 0, done.stderr
    assert "made anew" in done.stdout
    assert "yitang reindex" not in yitang(folder, "check", "--quick").stdout
    site = SiteUnderTest(folder)
    assert site.run(fulltext.difference) == (set(), set())
    site.close()
