"""Write docs/compliance.md: which clause is proven by which test.

`--write` runs the tests that carry clauses and writes the file (or takes the report of a run that
was made with `pytest --clauses FILE`); `--check` only collects them and says whether the file is
current.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "compliance.md"
CATALOGUE = ROOT / "docs" / "clauses.tsv"
SOURCES = {
    "EV": "业主大会电子投票系统要求 (T/CASME)",
    "SZ": "深圳市物业管理电子投票规则 (draft for comment)",
    "BJ": "北京市业主共同决策手机投票系统操作指南",
    "CN": "national law the arithmetic needs",
    "C": "conflicts between the sources, decided by the jurisdiction profile",
    "MF": "CJJ/T 258 住宅专项维修资金管理信息系统技术标准",
    "X": "companion rules of the maintenance fund",
    "PM": "GB/T 20299.3 物业管理 (draft for comment)",
}
OTHER = "Other sources"


def run_tests(*arguments: str) -> dict:
    """Run pytest on the tests with clauses; return its clause report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "clauses.json"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "clause", "--clauses", str(report)]
        done = subprocess.run(
            [*command, *arguments],
            check=False,
            cwd=ROOT,
            capture_output="-q" in arguments,
            text=True,
        )
        if not report.exists() or done.returncode > 1:
            sys.exit(f"compliance: pytest could not run\n{done.stdout or ''}{done.stderr or ''}")
        return json.loads(report.read_text())


def prefix(clause: str) -> str:
    """Return the source a clause id belongs to."""
    found = re.match(r"[A-Z]+(?=-)", clause)
    return found.group() if found and found.group() in SOURCES else OTHER


def catalogue() -> dict[str, tuple[str, str]]:
    """Return force and short text of every catalogued clause."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: (row["force"], row["rule"]) for row in rows}


def unknown_clauses(report: dict, rows: dict) -> list[str]:
    """Return the marked ids of our sources that no catalogue row has: typing mistakes."""
    return [id_ for id_ in report["clauses"] if prefix(id_) != OTHER and id_ not in rows]


def test_link(test: str, outcome: str) -> str:
    """Return a test's name as a link to its file, with its outcome unless it passed."""
    path, _, name = test.partition("::")
    text = f"[{name.split('::')[-1]}](../{path})"
    return text if outcome == "passed" else f"{text} (**{outcome}**)"


def page(report: dict, rows: dict) -> str:
    """Return the text of docs/compliance.md."""
    clauses, outcomes = report["clauses"], report["outcomes"]
    by_source: dict[str, list[str]] = {}
    for clause in [*rows, *(id_ for id_ in clauses if id_ not in rows)]:
        by_source.setdefault(prefix(clause), []).append(clause)
    lines = [
        "# Compliance",
        "",
        "Written by `make docs` from the `clause` marks of the tests; do not edit. A clause counts",
        "as proven when every test that names it passes. Rules are shortened; the sources decide.",
        "",
        "| source | clauses | proven | of them M |",
        "|---|---:|---:|---:|",
    ]
    for source, ids in by_source.items():
        proven = [id_ for id_ in ids if id_ in clauses]
        must = [id_ for id_ in ids if rows.get(id_, ("", ""))[0] == "M"]
        proven_must = [id_ for id_ in must if id_ in clauses]
        lines.append(
            f"| {source} {SOURCES.get(source, '')} | {len(ids)} | {len(proven)} "
            f"| {len(proven_must)} of {len(must)} |"
        )
    for source, ids in by_source.items():
        proven = [id_ for id_ in ids if id_ in clauses]
        lines += ["", f"## {source}: {SOURCES.get(source, 'named by tests only')}", ""]
        if proven:
            lines += ["| clause | force | rule | tests |", "|---|---|---|---|"]
        for clause in proven:
            force, rule = rows.get(clause, ("", ""))
            tests = "<br>".join(test_link(test, outcomes[test]) for test in clauses[clause])
            lines.append(f"| {clause} | {force} | {rule.replace('|', '/')} | {tests} |")
        missing = [id_ for id_ in ids if id_ not in clauses]
        if missing:
            lines += ["", f"Not proven by a test ({len(missing)}): {', '.join(missing)}."]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    parser.add_argument("--report", type=Path, help="with --write: the clauses of a finished run")
    options = parser.parse_args()
    rows = catalogue()
    if options.write and options.report:
        report = json.loads(options.report.read_text())
    else:
        at_once = ("-n", "2", "--dist", "loadfile")
        report = run_tests(*at_once) if options.write else run_tests("--collect-only", "-q")
    unknown = unknown_clauses(report, rows)
    if unknown:
        sys.exit(f"compliance: no catalogue has {', '.join(unknown)}")
    if options.write:
        PAGE.write_text(page(report, rows), encoding="utf-8")
        return 0
    # Collecting runs nothing, so a current page is the one that passing tests would give.
    report["outcomes"] = dict.fromkeys(report["outcomes"], "passed")
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(report, rows):
        sys.exit("compliance: docs/compliance.md is not current, run: make docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
