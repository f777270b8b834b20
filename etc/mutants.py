"""Mutation testing of the law's engine (变异测试): change one thing at a time, a test must fail.

`python etc/mutants.py [module …]` prints a table for each module and exits 1 below the least
share. The tests are collected once; each mutant is put in place and tried in a forked child.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from mutation import mutants, put_in_place

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "portal" / "rules"
TESTS = ROOT / "tests" / "unit" / "rules"
# Modules under test, with the tests that speak about each, those most likely to fail first.
TARGETS = {
    "decision": ("test_decision", "test_election"),
    "election": ("test_election", "test_decision"),
    "days": ("test_days", "test_deadlines", "test_steps"),
    "deadlines": ("test_deadlines", "test_steps"),
    "steps": ("test_steps", "test_deadlines"),
    "forecast": ("test_forecast",),
    "eligibility": ("test_eligibility", "test_one_ballot"),
    "one_ballot": ("test_one_ballot", "test_eligibility"),
    "vote_events": ("test_eligibility", "test_one_ballot"),
    "heads": ("test_heads",),
    "tally": ("test_tally",),
    "proxies": ("test_proxies",),
    "pinned": ("test_pinned",),
}
LEAST = 90  # percent of the mutants that a test must notice
SECONDS = 90  # a mutant that runs on without end is noticed as well


class Examiner:
    """A plugin of pytest: collect once, then run the tests in a child for each mutant."""

    def __init__(self, module: str) -> None:
        self.module, self.count, self.left = module, 0, list[tuple[int, str]]()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests on the true module, then on each mutant; True: nothing else runs."""
        path = RULES / f"{self.module}.py"
        module = importlib.import_module(f"portal.rules.{self.module}")
        if session.testsfailed or self.noticed(session, lambda: None):
            msg = f"the tests of {self.module} fail without any change"
            raise SystemExit(msg)
        for line, words, tree in mutants(path.read_text("utf-8")):
            self.count += 1
            if not self.noticed(session, partial(put_in_place, module, tree)):
                self.left.append((line, words))
        return True

    def noticed(self, session: pytest.Session, change: Callable[[], None]) -> bool:
        """Say whether a test fails, or does not end, once the change is made in a child."""
        child = os.fork()
        if not child:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os._exit(_run(session, change))
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status) != 0
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True


def _run(session: pytest.Session, change: Callable[[], None]) -> int:
    """Return 1 as soon as a test fails; a mutant that does not even load is noticed too."""
    try:
        change()
        items = session.items
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
    except BaseException:  # noqa: BLE001 - whatever it is, it shows.
        return 1
    return 0


def examine(module: str) -> tuple[int, list[tuple[int, str]]]:
    """Return how many mutants a module has and which ones no test noticed."""
    examiner = Examiner(module)
    files = [str(TESTS / f"{name}.py") for name in TARGETS[module]]
    options = ["-W", "ignore", "-q", "--no-header", "--no-summary", f"--confcutdir={TESTS}"]
    options += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.clause_report"]
    pytest.main([*options, *files], plugins=[examiner])
    return examiner.count, examiner.left


def main() -> int:
    """Print the table; return 1 when too many mutants live on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.raw:
        print(json.dumps(examine(given.modules[0])))
        return 0
    total = alive = 0
    print(f"{'module':<14}{'mutants':>9}{'noticed':>9}{'share':>9}", flush=True)
    for module in given.modules or TARGETS:
        # A process of its own, so that no module was imported before its tests are.
        command = [sys.executable, __file__, "--raw", module]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
        count, left = json.loads(answer.stdout.splitlines()[-1])
        total, alive = total + count, alive + len(left)
        print(f"{module:<14}{count:>9}{count - len(left):>9}{_share(count, left)}", flush=True)
        for line, words in left:
            print(f"    portal/rules/{module}.py:{line}: {words}", flush=True)
    print(f"{'all':<14}{total:>9}{total - alive:>9}{_share(total, range(alive))}")
    return int((total - alive) * 100 < LEAST * total)


def _share(count: int, left: Any) -> str:
    return f"{(count - len(left)) * 1000 // count / 10:>8.1f}%"


if __name__ == "__main__":
    # The same examples every time; a mutant is not noticed by luck.
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, deadline=None, max_examples=60, database=None
    )
    hypothesis.settings.load_profile("mutants")
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
