"""A key of the law that nothing reads says something that nothing does."""

import ast
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from portal.rules import keys
from portal.rules.profile import Profile
from portal.rules.vocabulary import CLAUSES, DOCUMENTS, REFUSAL_CODES

ROOT = Path(__file__).resolve().parents[3]
# They describe the keys or print all of them; what only they read has no effect.
DESCRIBING = {
    f"portal/{name}.py"
    for name in ("rules/keys", "rules/contradictions", "rules/vocabulary", "law_table", "views/law")
}
# Where a key of the whole profile is read from: a name or a call that ends like this.
PROFILE = re.compile(r"(?:^|[._])(?:profile|rules|rules_at|rules_of|self)(?:\(.*\))?$", re.DOTALL)
KINDS = [
    one for one in vars(keys).values() if is_dataclass(one) and one.__module__ == keys.__name__
]


def product():
    for top in ("portal", "content_types"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if str(path.relative_to(ROOT)) not in DESCRIBING:
                yield ast.parse(path.read_text("utf-8"))


def data_files():
    paths = [*(ROOT / "skins" / "default").glob("*.pt"), *(ROOT / "workflows").glob("*.yaml")]
    return "\n".join(path.read_text("utf-8") for path in paths)


@pytest.fixture(scope="module")
def read():
    """Return the attributes read from a profile, those read from anything, and all strings."""
    whole, any_, words = set(), set(), set()
    for tree in product():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                any_.add(node.attr)
                if PROFILE.search(ast.unparse(node.value)):
                    whole.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    text = data_files()
    whole |= set(re.findall(r"\brules\.(\w+)", text))
    words |= set(re.findall(r"'(\w+)'", text))
    words |= set(re.findall(r"rules\.(?:refusals|documents|clauses)\.(\w+)", text))
    return whole, any_, words


def test_every_key_of_a_profile_is_read_by_the_product(read):
    whole, _any, words = read
    # Two keys of the same kind are read by their names.
    named = {"launch_review", "result_review"} & words
    assert {one.name for one in fields(Profile)} - whole - named == set()


def has_choice(key):
    """Tell whether a key of the profile holds one of several names, or yes or no."""
    held = get_args(key.type)[0] if get_origin(key.type) is keys.Rule else None
    return held is bool or (get_origin(held) is Literal and len(get_args(held)) > 1)


def selecting(tree):
    """Yield the keys that a module reads other than to print them or to cite their clause."""
    words = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    left_out = {part for word in words for part in ast.walk(word)}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    left_out |= {node.value for node in attributes if node.attr == "clause"}
    for node in attributes:
        if node not in left_out and PROFILE.search(ast.unparse(node.value)):
            yield node.attr


def test_every_choice_of_a_profile_selects_something():
    chosen = {key.name for key in fields(Profile) if has_choice(key)}
    assert {"title_change", "second_reading", "late_binding"} <= chosen
    assert chosen - {name for tree in product() for name in selecting(tree)} == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_part_of_a_key_is_read_by_the_product(read, kind):
    # Names of groups and languages are looked up by their text.
    assert {one.name for one in fields(kind)} - read[1] - read[2] == set()


@pytest.mark.parametrize(
    "codes", [REFUSAL_CODES, DOCUMENTS, CLAUSES], ids=["refusals", "documents", "clauses"]
)
def test_every_code_of_a_closed_list_is_used_by_the_product(read, codes):
    assert set(codes) - read[2] == set()
