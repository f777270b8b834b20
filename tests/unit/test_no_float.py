"""No binary fraction between the register and the verdict, in code, pages, papers and scripts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The path of a vote and of what it rests on: law, register, ballots, count, evidence, exports.
PATH = (
    "content_types",
    "portal/rules",
    "portal/evidence",
    "portal/api",
    "portal/law.py",
    "portal/law_table.py",
    "portal/forms.py",
    "plugins/funds/yitang_funds",
)
# Makes up people and turnout for the demo; what it casts is counted like everything else.
OUTSIDE = ROOT / "content_types" / "story"
INEXACT = {"float", "round", "fsum", "fmean", "sqrt", "true_divide"}
EXPRESSION = re.compile(
    r"\$\{([^}]*)\}|\stal:(?:define|content|replace|condition|attributes|repeat)=\"([^\"]*)\""
)
STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
ARITHMETIC = re.compile(r"(?<![/<])/(?![/>])|\d\.\d|\b(?:float|round)\s*\(")
SCRIPT = re.compile(r"\bparseFloat\b|\btoFixed\b|\bMath\.(?:round|floor|ceil)\b")


def sources() -> list[Path]:
    found = []
    for name in PATH:
        place = ROOT / name
        files = [place] if place.is_file() else sorted(place.rglob("*.py"))
        found += [path for path in files if OUTSIDE not in path.parents]
    return found


def is_path(node: ast.BinOp) -> bool:
    """Whether a division joins a folder and a file name."""
    right = node.right
    text = isinstance(right, ast.Constant) and isinstance(right.value, str)
    return text or isinstance(right, ast.JoinedStr)


def inexact(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    name = str(path.relative_to(ROOT))
    # A spreadsheet hands over floats; to tell them from text is no arithmetic.
    allowed = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in allowed:
            continue
        wrong = (
            (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
            or (isinstance(node, ast.Name) and node.id in INEXACT)
            or (isinstance(node, ast.Attribute) and node.attr in INEXACT)
            or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not is_path(node))
            or (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div))
        )
        if wrong:
            yield f"{name}:{node.lineno}: {ast.unparse(node)}"


@pytest.mark.clause("EV-8.2.1", "CN-1259")
def test_no_binary_fraction_between_register_and_verdict():
    assert [found for path in sources() for found in inexact(path)] == []


def test_no_page_and_no_script_computes_with_fractions():
    found = []
    for path in sorted((ROOT / "skins" / "default").glob("*.pt")):
        for match in EXPRESSION.finditer(path.read_text("utf-8")):
            bare = STRING.sub("''", match[1] or match[2] or "")
            if ARITHMETIC.search(bare):
                found.append(f"{path.name}: {bare}")
    for path in sorted((ROOT / "skins" / "static").glob("*.js")):
        found += [f"{path.name}: {word}" for word in SCRIPT.findall(path.read_text("utf-8"))]
    for path in sorted((ROOT / "content_types").rglob("*.typ")):
        found += [
            f"{path.name}: {w}"
            for w in re.findall(r"\bcalc\.(?!max\b|min\b)\w+", path.read_text("utf-8"))
        ]
    assert found == []


@pytest.mark.parametrize(
    "source", ["x = 0.5", "x = a / b", "x /= 2", "x = float(a)", "x = round(a)", "x = math.sqrt(a)"]
)
def test_scan_finds_what_it_looks_for(tmp_path, monkeypatch, source):
    monkeypatch.setattr("tests.unit.test_no_float.ROOT", tmp_path)
    path = tmp_path / "m.py"
    path.write_text(source)
    assert list(inexact(path)) != []
    path.write_text('x = folder / "name" / f"{a}.key"\ny = a // b * c')
    assert list(inexact(path)) == []
