import ast
import re
from pathlib import Path

import pytest
import yaml

import portal.rules
from portal.rules.vocabulary import REFUSAL_CODES, STATUTORY_ITEMS
from tests.unit.rules.conftest import WORKFLOWS

TEXTS = {
    key: texts
    for path in (WORKFLOWS.parent / "skins/locale/messages").glob("*.yaml")
    if path.stem not in ("colander", "deform")
    for key, texts in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items()
    if isinstance(texts, list) and all(isinstance(text, str) for text in texts)
}
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def calls():
    """Yield message id and named values of every refusal written in the rules."""
    for path in Path(portal.rules.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name not in {"RuleError", "refuse"} or not isinstance(first, ast.Constant):
                continue
            message = first.value if name == "RuleError" else f"refusal.{first.value}"
            yield message, {keyword.arg for keyword in node.keywords}


def test_every_refusal_of_every_profile_has_a_text(profiles):
    for profile in profiles.values():
        for code, refusal in profile.refusals.items():
            assert refusal.message in TEXTS, code
        for matter in profile.matters:
            assert f"matter.{matter.id}" in TEXTS
    assert all(f"refusal.{code}" in TEXTS for code in REFUSAL_CODES)
    assert all(f"matter.{item}" in TEXTS for item in STATUTORY_ITEMS)


@pytest.mark.parametrize(("message", "values"), sorted(calls(), key=str))
def test_refusal_fills_every_placeholder_of_its_text(message, values):
    if message.startswith("rules.merkle"):
        return
    chinese, english = TEXTS[message]
    for text in (chinese, english):
        assert set(PLACEHOLDER.findall(text)) <= values


def test_both_languages_use_the_same_placeholders():
    for message, (chinese, english) in TEXTS.items():
        assert set(PLACEHOLDER.findall(chinese)) == set(PLACEHOLDER.findall(english)), message
