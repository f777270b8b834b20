"""The rules as a table: every key has a name in both languages and every row its clause."""

from pathlib import Path

import pytest
import yaml

import skins
from portal.law_table import CONFLICTS, rows
from portal.rules.profile_files import load_profiles
from tests.unit.rules.conftest import WORKFLOWS

MESSAGES = Path(skins.__file__).parent / "locale" / "messages"
TEXTS = {
    key: texts
    for path in MESSAGES.glob("*.yaml")
    for key, texts in (yaml.safe_load(path.read_text("utf-8")) or {}).items()
}
PROFILES = load_profiles(WORKFLOWS / "profiles")


def table(name, language=0):
    profile = PROFILES[name]
    own = {key: (text.zh, text.en) for key, text in profile.texts.items()}
    return rows(profile, lambda key, **values: (TEXTS | own)[key][language])


@pytest.mark.parametrize("name", sorted(PROFILES))
@pytest.mark.parametrize("language", [0, 1])
def test_every_key_and_value_of_a_profile_has_a_name_in_both_languages(name, language):
    assert all(row.title for row in table(name, language))


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_table_decides_every_conflict_of_the_sources_with_a_clause(name):
    found = {row.conflict for row in table(name)} - {""}
    assert found == {f"C-{number}" for number in range(1, len(CONFLICTS) + 1)}
    stated = [row for row in table(name) if row.conflict and row.value != TEXTS["law.unset"][0]]
    without = {row.key for row in stated if not row.clause}
    assert without <= {"lead_times.day_count", "lead_times.severity"}


def test_keys_of_a_table_are_unique_so_that_two_can_be_compared():
    for name in PROFILES:
        keys = [row.key for row in table(name)]
        assert len(set(keys)) == len(keys)
