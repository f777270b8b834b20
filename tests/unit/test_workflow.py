"""Workflow files are strict: whatever is not understood stops the start."""

import copy

import pytest
import yaml

from portal import workflow
from portal.errors import ConfigurationError
from portal.rules.profile_files import load_profiles
from tests.unit.rules.conftest import WORKFLOWS

GOOD = {
    "name": "sample",
    "initial": "draft",
    "states": {
        "draft": {"allow": {"content:view": ["convenor"]}},
        "done": {"allow": {"content:view": ["everyone"]}},
    },
    "transitions": {"finish": {"from": "draft", "to": "done", "permission": "content:edit"}},
}


def load(tmp_path, change=lambda data: None):
    data = copy.deepcopy(GOOD)
    change(data)
    path = tmp_path / "sample.yaml"
    path.write_text(yaml.safe_dump(data), "utf-8")
    return workflow.load(path, roles=["convenor"], permissions=["content:view", "content:edit"])


def test_sound_file_is_read_whole(tmp_path):
    found = load(tmp_path)
    assert found.states["draft"] == {"content:view": ("convenor",)}
    assert found.transitions["finish"].sources == ("draft",)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.update(title="x"), "title"),
        (lambda d: d["states"]["draft"].update(deny={}), "deny"),
        (lambda d: d["states"]["draft"]["allow"].update({"content:vieww": []}), "content:vieww"),
        (lambda d: d["states"]["draft"]["allow"]["content:view"].append("king"), "king"),
        (lambda d: d["transitions"]["finish"].update(effect="x"), "effect"),
        (lambda d: d["transitions"]["finish"].update(to="gone"), "gone"),
        (lambda d: d["transitions"]["finish"].update({"from": ["draft", "lost"]}), "lost"),
        (lambda d: d["transitions"]["finish"].update(permission="content:eat"), "content:eat"),
        (lambda d: d["transitions"]["finish"].update(comment="maybe"), "maybe"),
        (lambda d: d.update(initial="nowhere"), "nowhere"),
    ],
)
def test_anything_unknown_is_refused_by_name(tmp_path, change, named):
    with pytest.raises(ConfigurationError, match=named):
        load(tmp_path, change)


@pytest.fixture
def only(tmp_path, monkeypatch):
    """Return a function that makes a changed sample the only workflow there is."""

    def register(**finish):
        changed = load(tmp_path, lambda data: data["transitions"]["finish"].update(finish))
        monkeypatch.setattr(workflow, "_definitions", {})
        workflow.register(changed)

    return register


def test_guard_nobody_wrote_stops_the_start(only):
    only(guard="no_such_guard")
    with pytest.raises(ConfigurationError, match="no_such_guard"):
        workflow.check_guards()


def test_clause_of_a_key_no_law_has_stops_the_start(only):
    only(clause="rules.no_such_key")
    with pytest.raises(ConfigurationError, match="no_such_key"):
        workflow.check_clauses(load_profiles(WORKFLOWS / "profiles").values())
