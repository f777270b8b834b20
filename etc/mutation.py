"""Mutants of a module (变异体): every change that can be made at one place, and putting one in."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator
from types import FunctionType
from typing import Any

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
