"""A clause of one city stands in the law of this city and nowhere in the program."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
CITY = re.compile(r"\b(?:SZ|BJ)-[A-Z]*\d")
ALLOWED = {
    "portal/clauses.py",  # the patterns by which a code is led to its source
    "skins/default/styleguide.pt",  # the examples of every component; nothing is decided there
}


def python_files():
    for top in ("portal", "content_types", "plugins", "workflows"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "tests" not in path.relative_to(ROOT).parts:
                yield path


def strings(path):
    """Yield every string of a module that is no docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def leaves(data):
    if isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from leaves(one)
    else:
        yield str(data)


def offenders(found):
    named = ((str(path.relative_to(ROOT)), text) for path, text in found if CITY.search(text))
    return sorted(f"{path}: {text}" for path, text in named if path not in ALLOWED)


@pytest.mark.clause("SZ-35", "BJ-GQ7")
def test_no_module_holds_a_clause_of_a_city():
    assert offenders((path, text) for path in python_files() for text in strings(path)) == []


def test_no_workflow_and_no_message_holds_a_clause_of_a_city():
    files = [
        *(ROOT / "workflows").glob("*.yaml"),
        *(ROOT / "skins" / "locale" / "messages").glob("*.yaml"),
        *(ROOT / "plugins").rglob("*.yaml"),
    ]
    read = ((path, yaml.safe_load(path.read_text("utf-8"))) for path in files)
    assert offenders((path, text) for path, data in read for text in leaves(data)) == []


def test_no_template_holds_a_clause_of_a_city():
    found = []
    for path in sorted((ROOT / "skins").rglob("*.pt")):
        if "node_modules" in path.parts:
            continue
        text = re.sub(r"<!--.*?-->", "", path.read_text("utf-8"), flags=re.DOTALL)
        found += [(path, line) for line in text.splitlines()]
    assert len(found) > 1000
    assert offenders(found) == []


def test_scan_finds_a_clause_of_a_city(tmp_path):
    sample = tmp_path / "sample.py"
    sample.write_text('"""Of SZ-1."""\nraise Wrong("late", clause="SZ-12.1")\n')
    assert [text for text in strings(sample) if CITY.search(text)] == ["SZ-12.1"]
