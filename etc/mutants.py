"""Mutation testing of the law's engine (变异测试): change one thing at a time, a test must fail.

`python etc/mutants.py [module …]` prints a table for each module and exits 1 below the least
share. The tests are collected once; each mutant is put in place and tried in a forked child.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import hypothesis
import pytest

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
FLIPPED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


class Site:
    """One place where a change can be made: how it reads and how it is done."""

    def __init__(self, node: ast.AST, words: str, change: Any) -> None:
        self.node, self.words, self.change = node, words, change
        self.line = getattr(node, "lineno", 0)


def sites(tree: ast.Module) -> Iterator[Site]:
    """Yield every change of a module, in the order of its source."""
    skipped = _skipped(tree)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        yield from _sites_of(node)


def _skipped(tree: ast.Module) -> set[int]:
    """Return the nodes that no test can notice."""
    tops = [top for node in ast.walk(tree) for top in _silent(node) if top is not None]
    return {id(node) for top in tops for node in ast.walk(top)}


def _silent(node: ast.AST) -> list[ast.AST | None]:
    """Return docstrings, annotations, decorators, types and the texts of developers' errors."""
    if isinstance(node, ast.FunctionDef):
        return [node.returns, *node.decorator_list]
    if isinstance(node, ast.ClassDef):
        return list(node.decorator_list)
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation]
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    literal = (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Subscript)
        and any(_name(one) == "Literal" for one in ast.walk(node.value))
    )
    developers = isinstance(node, ast.Call) and _name(node.func) == "ValueError"
    return [node] if docstring or literal or developers else []


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _sites_of(node: ast.AST) -> Iterator[Site]:
    yield from _operators(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Site(node, "not x → x", lambda one: one.operand)
    if isinstance(node, ast.If | ast.IfExp):
        yield Site(node, "if x → if not x", _negate)
    if isinstance(node, ast.Constant):
        yield from _constant(node)
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield Site(node, "return x → return None", _return_none)
    if isinstance(node, ast.Raise | ast.Continue):
        yield Site(node, f"{type(node).__name__.lower()} → pass", lambda _: ast.Pass())


def _operators(node: ast.AST) -> Iterator[Site]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            new = FLIPPED.get(type(operator))
            if new is not None:
                yield Site(node, _arrow(operator, new), _set_item("ops", at, new))
    if isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
        new = FLIPPED.get(type(node.op))
        if new is not None:
            yield Site(node, _arrow(node.op, new), _set_operator(new))


def _constant(node: ast.Constant) -> Iterator[Site]:
    value = node.value
    if isinstance(value, bool):
        yield Site(node, f"{value} → {not value}", _set_value(not value))
    elif isinstance(value, int):
        yield Site(node, f"{value} → {value + 1}", _set_value(value + 1))
    elif isinstance(value, str) and value:
        yield Site(node, f"{value!r} → other", _set_value(f"{value}-other"))


def _arrow(old: ast.AST, new: type) -> str:
    return f"{type(old).__name__} → {new.__name__}"


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set_item(field: str, at: int, new: type) -> Any:
    def change(node: Any) -> Any:
        getattr(node, field)[at] = new()
        return node

    return change


def _set_operator(new: type) -> Any:
    def change(node: Any) -> Any:
        node.op = new()
        return node

    return change


def _set_value(value: Any) -> Any:
    def change(node: Any) -> Any:
        node.value = value
        return node

    return change


def _negate(node: Any) -> Any:
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return node


def _return_none(node: Any) -> Any:
    node.value = ast.Constant(None)
    return node


class _Changer(ast.NodeTransformer):
    """Make the change at one node of a copy, found by its place in the walk."""

    def __init__(self, wanted: ast.AST, change: Any) -> None:
        self.wanted, self.change = wanted, change

    def visit(self, node: ast.AST) -> Any:
        if node is self.wanted:
            return ast.copy_location(self.change(node), node)
        return self.generic_visit(node)


def mutants(source: str) -> list[tuple[int, str, ast.Module]]:
    """Return line, words and tree of every mutant of a module's source."""
    tree = ast.parse(source)
    found = []
    for number, site in enumerate(sites(tree)):
        again = copy.deepcopy(tree)
        # The same walk over an equal tree meets the same place at the same number.
        twin = next(itertools.islice(sites(again), number, None))
        changed = ast.fix_missing_locations(_Changer(twin.node, twin.change).visit(again))
        found.append((site.line, site.words, changed))
    return found


def put_in_place(module: Any, tree: ast.Module) -> None:
    """Change a module that others have imported from: its functions keep who they are."""
    changed = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(tree, module.__file__, "exec"), changed)  # noqa: S102 - that is what it is for.
    for name, new in changed.items():
        old = module.__dict__.get(name)
        if isinstance(new, type) and isinstance(old, type):
            for method, code in vars(new).items():
                _take_over(vars(old).get(method), code)
        elif not _take_over(old, new) and not name.startswith("__"):
            module.__dict__[name] = new


def _take_over(old: Any, new: Any) -> bool:
    old, new = (getattr(one, "__wrapped__", getattr(one, "fget", one)) for one in (old, new))
    if not isinstance(old, FunctionType) or not isinstance(new, FunctionType):
        return False
    old.__code__, old.__defaults__ = new.__code__, new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    return True


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
    options = [
        "-W",
        "ignore",
        "-q",
        "--no-header",
        "--no-summary",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    options += [f"--confcutdir={TESTS}", "-p", "tests.clause_report"]
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
