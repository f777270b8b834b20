"""A meeting keeps the text of its profile for life, whatever later releases ask for."""

import hashlib
import json
from dataclasses import replace

import pytest

from portal.rules.errors import ProfileError, RuleError
from portal.rules.pinned import Pinned, pin, unpin
from portal.rules.strict import read_yaml
from tests.unit.rules.conftest import WORKFLOWS


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
    assert unpin(pin(shenzhen), {}) == shenzhen


@pytest.mark.clause("SZ-35")
def test_changed_text_is_refused(shenzhen):
    kept = pin(shenzhen)
    with pytest.raises(RuleError) as refused:
        unpin(replace(kept, text=kept.text.replace("20", "2", 1)), {})
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
    read = unpin(kept, later)
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
    assert unpin(kept, {}, ("refusals.of_old", "of_old", "none.of_old")) == shenzhen
    with pytest.raises(ProfileError, match=r"pinned\.of_old"):
        unpin(kept, {}, ("refusals.of_old",))


def test_key_that_nobody_completes_is_named(shenzhen):
    with pytest.raises(ProfileError, match=r"pinned\.second_reading"):
        unpin(older(shenzhen, ("second_reading",)), {})


@pytest.mark.clause("SZ-35")
def test_meeting_kept_before_the_latest_keys_reads_with_what_held_then(profiles):
    later = read_yaml(WORKFLOWS / "kept" / "later_keys.yaml")
    paths = [tuple(path.split(".")) for path in later]
    assert ("committee_convenors",) in paths
    for profile in profiles.values():
        read = unpin(older(profile, *paths), later)
        assert read.committee_convenors.value == ("committee", "reelection_group")
        assert read.result_times.publish_hour.value == 18
        # What the older text says itself stands, and its refusals still name their clause.
        assert read.result_times.publish_days == profile.result_times.publish_days
        assert read.refuse("office_missing").clause
