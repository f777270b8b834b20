"""Rules about the sources that no tool checks for us."""

import ast
import importlib.metadata
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 500
PRODUCT = ("portal", "content_types", "workflows", "skins", "plugins")
# Markup that may be inserted as it is; the widget templates of skins/forms escape their values.
STRUCTURE_ALLOWED = {
    "form",  # a form that deform rendered
    "body",  # rendered from Markdown that lets no markup through
    "sample['form']",  # the same in the style guide
}


def sources(*folders: str, suffix: str = ".py") -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob(f"*{suffix}"))
        if "node_modules" not in path.parts and "build" not in path.relative_to(ROOT).parts
    ]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports absolutely."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def test_no_module_is_longer_than_the_limit():
    long = {
        name_of(path): lines
        for path in sources(*PRODUCT, "etc", "benchmarks")
        if (lines := len(path.read_text("utf-8").splitlines())) > LINES_MAX
    }
    assert long == {}


def test_rules_import_no_framework():
    allowed = set(sys.stdlib_module_names) | {"yaml"}
    foreign = {
        (name_of(path), name)
        for path in sources("portal/rules")
        for name in imports(path)
        if name.partition(".")[0] not in allowed
        and not name.startswith(("portal.rules", "portal.errors"))
    }
    assert foreign == set()


def test_only_the_kernel_imports_substance_d():
    foreign = {
        name_of(path)
        for path in sources("content_types", "workflows", "skins", "plugins")
        for name in imports(path)
        if name.partition(".")[0] == "substanced"
    }
    assert foreign == set()


def is_fixed(node: ast.expr) -> bool:
    """Whether a text is written out or put together from constants only."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.BinOp):
        return is_fixed(node.left) and is_fixed(node.right)
    if isinstance(node, ast.JoinedStr):
        return all(is_fixed(part) for part in node.values)
    return isinstance(node, ast.FormattedValue) and is_fixed(node.value)


def test_no_statement_of_a_database_is_put_together_from_strings():
    found = []
    for path in sources(*PRODUCT):
        for node in ast.walk(parsed(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in {"execute", "executemany", "executescript"} or not node.args:
                continue
            statement = node.args[0]
            put_together = (
                isinstance(statement, ast.Call)
                and isinstance(statement.func, ast.Attribute)
                and statement.func.attr in {"format", "join"}
            )
            built = isinstance(statement, ast.JoinedStr | ast.BinOp) and not is_fixed(statement)
            if put_together or built:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_templates_insert_markup_only_where_it_is_safe():
    insert = re.compile(r"structure:\s*([^}\"]+)|(?:replace|content)=\"structure\s+([^\"]+)")
    found = set()
    for path in sources("skins", "plugins", suffix=".pt"):
        name = name_of(path)
        for match in insert.finditer(path.read_text("utf-8")):
            inserted = (match[1] or match[2]).strip()
            if inserted not in STRUCTURE_ALLOWED and not name.startswith("skins/forms/"):
                found.add((name, inserted))
    assert found == set()


def test_no_test_is_skipped():
    word = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b")
    found = {
        name_of(path)
        for path in sources("tests", "plugins")
        if path != Path(__file__) and word.search(path.read_text("utf-8"))
    }
    assert found == set()


# --- Dependencies -----------------------------------------------------------------------------


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("constraints", ROOT / "etc/constraints.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read_versions()


def requirements(distribution: str) -> set[str]:
    found = importlib.metadata.requires(distribution) or []
    return {normal(re.match(r"[\w.\-]+", line).group()) for line in found}


def test_every_import_of_the_product_is_a_declared_requirement():
    declared = requirements("yitang")
    distributions = importlib.metadata.packages_distributions()
    own = {"portal", "content_types", "workflows", "skins"}
    undeclared = set()
    for path in sources("portal", "content_types"):
        for name in imports(path):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in own or top.startswith("yitang_"):
                continue
            names = {normal(d) for d in distributions.get(top, [top])}
            if top == "zope":
                names = {normal(".".join(name.split(".")[:2]))}
            if not names & declared:
                undeclared.add((name_of(path), top))
    assert undeclared == set()


def installed_closure(*roots: str) -> dict[str, str]:
    """Name and version of what the roots need, directly or not, with every extra of the roots."""
    waiting, found = [normal(root) for root in roots], {}
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an optional part of a requirement
        found[name] = distribution.version
        lines = [Requirement(line) for line in distribution.requires or []]
        waiting += [
            normal(line.name)
            for line in lines
            if line.marker is None
            or line.marker.evaluate({"extra": ""})
            or (name in roots and "extra" in str(line.marker))
        ]
    return found


def test_versions_are_named_for_everything_the_product_and_its_tests_need():
    pinned = {normal(name): version for name, version in constraints().items()}
    wrong = {
        name: (version, pinned.get(name))
        for name, version in installed_closure(
            "yitang", "yitang-funds", "yitang-facilities"
        ).items()
        if not name.startswith("yitang") and pinned.get(name) != version
    }
    assert wrong == {}


def test_lock_of_the_front_end_names_no_download_address():
    lock = json.loads((ROOT / "skins/package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.mark.parametrize("path", sources("workflows", suffix=".yaml"), ids=name_of)
def test_data_files_are_unicode_text_with_a_final_newline(path):
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    assert "\t" not in text
