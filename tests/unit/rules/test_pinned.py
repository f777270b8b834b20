"""A meeting keeps the text of its profile for life, whatever later releases ask for."""

import hashlib
import json
from dataclasses import replace

import pytest

from portal.rules.errors import ProfileError, RuleError
from portal.rules.pinned import OTHERS, Pinned, pin, unpin
from portal.rules.strict import read_yaml
from tests.unit.rules.conftest import WORKFLOWS

NOTHING_LATER = {OTHERS: {}}


def older(profile, *paths):
    """Return a profile kept by a release that did not know some keys."""
    data = json.loads(pin(profile).text)
    for path in paths:
        *parents, key = path
        place = data
        for parent in parents:
            place = place[parent]
        del place[key]
    text = json.dumps(data)
    return Pinned(text, hashlib.sha256(text.encode()).hexdigest())


@pytest.mark.clause("SZ-35")
def test_kept_profile_comes_back_whole(shenzhen):
    assert unpin(pin(shenzhen), NOTHING_LATER) == shenzhen


@pytest.mark.clause("SZ-35")
def test_changed_text_is_refused(shenzhen):
    kept = pin(shenzhen)
    with pytest.raises(RuleError) as refused:
        unpin(replace(kept, text=kept.text.replace("20", "2", 1)), NOTHING_LATER)
    assert (refused.value.message_id, refused.value.clause) == ("rules.profile.changed", "EV-8.2.1")


def test_key_of_a_later_release_takes_what_held_before_it(shenzhen):
    kept = older(
        shenzhen, ("second_reading",), ("refusals", "entry_too_late"), ("matters", 0, "clause")
    )
    later = {
        "second_reading": {"value": False, "clause": "C-1"},
        "refusals.entry_too_late": {"message": "later", "clause": "C-2"},
        "matters.*.clause": "another",
    }
    read = unpin(kept, {OTHERS: later})
    assert read.second_reading.value is False
    assert read.refusals["entry_too_late"].clause == "C-2"
    # What the older text says itself stands.
    assert read.matters[1:] == shenzhen.matters[1:]
    assert read.matters[0].clause == "another"


def test_key_that_no_release_reads_any_more_is_left_out(shenzhen):
    data = json.loads(pin(shenzhen).text)
    data["refusals"]["of_old"] = {"message": "old", "clause": "C-1"}
    data["of_old"] = True
    text = json.dumps(data)
    kept = Pinned(text, hashlib.sha256(text.encode()).hexdigest())
    assert unpin(kept, NOTHING_LATER, ("refusals.of_old", "of_old", "none.of_old")) == shenzhen
    with pytest.raises(ProfileError, match=r"pinned\.of_old"):
        unpin(kept, NOTHING_LATER, ("refusals.of_old",))


def test_key_that_nobody_completes_is_named(shenzhen):
    with pytest.raises(ProfileError, match=r"pinned\.second_reading"):
        unpin(older(shenzhen, ("second_reading",)), NOTHING_LATER)


LATER = read_yaml(WORKFLOWS / "kept" / "later_keys.yaml")
FOREIGN = {
    "shenzhen-draft-2019": ("BJ-",),
    "beijing-2019": ("SZ-",),
    "generic": ("SZ-", "BJ-"),
    "linjiang-2025": ("SZ-", "BJ-"),
}


@pytest.mark.clause("SZ-35")
@pytest.mark.parametrize("name", FOREIGN)
def test_meeting_kept_before_the_latest_keys_reads_what_held_then_in_its_own_place(profiles, name):
    profile = profiles.get(name) or replace(profiles["generic"], id=name)
    later = LATER.get(name, LATER[OTHERS])
    assert "committee_convenors" in later
    read = unpin(older(profile, *(tuple(path.split(".")) for path in later)), LATER)
    assert read.committee_convenors.value == ("committee", "reelection_group")
    assert read.result_times.publish_hour.value == 18
    # What the older text says itself stands, and no clause of another city came in.
    assert read.result_times.publish_days == profile.result_times.publish_days
    cited = [read.committee_convenors.clause, read.shown_to_owners.clause, *read.clauses.values()]
    cited += [refusal.clause for refusal in read.refusals.values()]
    assert [clause for clause in cited if clause.startswith(FOREIGN[name])] == []


def test_every_place_of_the_later_keys_says_the_same_keys(profiles):
    assert {*LATER} - {OTHERS} <= {*profiles}
    assert {tuple(sorted(keys)) for keys in LATER.values()} == {tuple(sorted(LATER[OTHERS]))}
