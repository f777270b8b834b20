"""The verifier as one file (单文件验证程序): its modules joined, to travel in every package."""

import ast
from pathlib import Path

HERE = Path(__file__).parent
PARTS = (
    "verifier/report.py",
    "verifier/container.py",
    "verifier/tree.py",
    "verifier/result.py",
    "verifier/releases.py",
    "verifier/paper.py",
    "verifier/ballots.py",
    "verifier/files.py",
    "verifier/keys.py",
    "verifier/stamps.py",
    "verifier/publication.py",
    "verifier/documents.py",
    "verifier/outcome.py",
    "verifier/package.py",
    "verifier/certificate.py",
    "verifier/voucher.py",
    "verify.py",
)
OURS = "portal.evidence.verifier"


def verifier_source() -> bytes:
    """Return ``verify.py`` as one file that needs nothing of the portal.

    Imports among the parts are left out, because all names stand in one module then.
    """
    texts = [HERE.joinpath(part).read_text(encoding="utf-8") for part in PARTS]
    doc = ast.get_docstring(ast.parse(texts[-1]), clean=False)
    bodies = [_without_frame(text) for text in texts]
    head = f'#!/usr/bin/env python3\n"""{doc}"""\n\nfrom __future__ import annotations\n'
    return (head + "".join(f"\n{body.strip()}\n\n" for body in bodies)).encode("utf-8")


def _without_frame(text: str) -> str:
    """Return a module without docstring, future import and imports of the other parts."""
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    for position, node in enumerate(tree.body):
        docstring = position == 0 and isinstance(node, ast.Expr)
        joined = isinstance(node, ast.ImportFrom) and (
            node.module == "__future__" or (node.module or "").startswith(OURS)
        )
        if docstring or joined:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "".join(lines)
