"""Who may open the ballots, as a profile says it."""

from pathlib import Path

import pytest

from portal.rules.errors import ProfileError
from portal.rules.profile_files import load_profiles, parse_profile
from portal.rules.strict import as_plain

PROFILES = load_profiles(Path("workflows/profiles"))


def changed(**values):
    data = as_plain(PROFILES["generic"])
    data["ballot_trustees"]["value"].update(values)
    return data


@pytest.mark.clause("EV-7.4.3", "C-14")
def test_visible_option_figures_exclude_trustees():
    data = changed()
    data["interim_option_tally"]["value"] = "visible"
    with pytest.raises(ProfileError, match=r"ballot_trustees\.use"):
        parse_profile(data)
    data["ballot_trustees"]["value"]["use"] = "none"
    assert parse_profile(data).ballot_trustees.value.use == "none"
    # Where the convenor chooses, trustees may be offered but not required.
    data["interim_option_tally"]["value"] = "chosen"
    data["ballot_trustees"]["value"]["use"] = "offered"
    assert parse_profile(data).ballot_trustees.value.use == "offered"
    data["ballot_trustees"]["value"]["use"] = "required"
    with pytest.raises(ProfileError, match=r"ballot_trustees\.use"):
        parse_profile(data)


@pytest.mark.clause("EV-4.1.9")
@pytest.mark.parametrize("name", sorted(PROFILES))
def test_no_group_opens_alone_in_any_place(name):
    rule = PROFILES[name].ballot_trustees.value
    assert rule.groups_needed >= 2
    assert rule.scrutineers_needed < rule.scrutineers


@pytest.mark.parametrize(
    "values",
    [
        {"groups_needed": 1},
        {"groups_needed": 4},
        {"scrutineers_needed": 4},
        {"scrutineers_needed": 0},
        {"convenor": 0},
    ],
)
def test_thresholds_that_cannot_be_met_or_protect_nothing_are_refused(values):
    with pytest.raises(ProfileError, match="ballot_trustees"):
        parse_profile(changed(**values))
