"""What is published of the measures: ``last.json`` with every figure, and tables in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, number

HERE = Path(__file__).parent
FIGURES = HERE / "last.json"
HEAD = "| measure | value | floor of the same run | of the floor | target | met | memory | notes |"


def read() -> dict[str, Any]:
    """Return the figures of the last runs: machine and rows of `make bench`, and its sections."""
    return json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}


def write(**changes: Any) -> None:
    """Replace some of the figures; the others stay."""
    text = json.dumps(read() | changes, ensure_ascii=False, indent=1)
    FIGURES.write_text(text + "\n", "utf-8")


def put(section: str, figures: dict[str, Any], title: str, rows: list[Row]) -> str:
    """Publish a run of its own as a section and as ``<section>.md``; return its text."""
    write(**{section: figures})
    text = "\n".join([title, "", *table(rows), "", missed(rows), ""])
    (HERE / f"{section}.md").write_text(text, "utf-8")
    return text


def table(rows: Iterable[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [HEAD, "|" + " --- |" * (HEAD.count("|") - 1)]
    for row in rows:
        floor = f"{number(row.floor)} ({row.floor_name})" if row.floor else "–"
        lines.append(
            f"| {row.name} | {number(row.value)} {row.unit} | {floor} | {number(row.ratio)} | "
            f"{_target(row)} | {_met(row)} | {_memory(row)} | {row.note} |"
        )
    return lines


def missed(rows: Iterable[Row]) -> str:
    """Name the rows whose target is missed."""
    names = [row.name for row in rows if row.met is False]
    return f"Missed: {'; '.join(names)}." if names else "Every target is met."


def _target(row: Row) -> str:
    if row.target is None:
        return "–"
    sign = "≥" if row.better == "more" or row.of_floor else "≤"
    return f"{sign} {number(row.target)}" + (" of the floor" if row.of_floor else f" {row.unit}")


def _met(row: Row) -> str:
    return {None: "–", True: "yes", False: "**no**"}[row.met]


def _memory(row: Row) -> str:
    return f"{row.memory:.0f} MB" if row.memory else "–"
