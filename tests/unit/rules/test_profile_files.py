"""Files of profiles are strict: what is missing, unknown or impossible is named."""

import copy
import json

import pytest
import yaml

from portal.rules.errors import ProfileError
from portal.rules.profile_files import digest, load_profile, parse_profile
from portal.rules.strict import as_plain
from tests.unit.rules.conftest import WORKFLOWS

PROFILES = WORKFLOWS / "profiles"
SHENZHEN = yaml.safe_load((PROFILES / "shenzhen-draft-2019.yaml").read_text(encoding="utf-8"))


def source():
    return copy.deepcopy(SHENZHEN)


@pytest.mark.parametrize("key", sorted(SHENZHEN))
def test_missing_key_is_named(key):
    data = source()
    del data[key]
    with pytest.raises(ProfileError) as caught:
        parse_profile(data)
    assert caught.value.path == f"profile.{key}"
    assert caught.value.problem == "missing key"


def put(dotted, value):
    def change(data):
        *parents, last = dotted.split(".")
        for key in parents:
            data = data[key]
        data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        (put("quorum", 1), "profile.quorum", "unknown key"),
        (put("paper_mode.note", 1), "profile.paper_mode.note", "unknown key"),
        (put("paper_mode.value", "sometimes"), "profile.paper_mode.value", "is not one of"),
        (put("paper_mode", "none"), "profile.paper_mode", "expected a mapping"),
        (put("assisted_terminal.value", "no"), "profile.assisted_terminal.value", "expected bool"),
        (put("assisted_terminal.value", 0), "profile.assisted_terminal.value", "expected bool"),
        (put("lead_times.entry_days.value", 20.0), "profile.lead_times.entry_days.value", "int"),
        (put("lead_times.entry_days.value", True), "profile.lead_times.entry_days.value", "int"),
        (put("version", None), "profile.version", "expected str"),
        (put("validity.first", "soon"), "profile.validity.first", "expected a date"),
        (put("convenor_types.value", "committee"), "profile.convenor_types.value", "a list"),
        (put("documents", []), "profile.documents", "expected a mapping"),
        (put("refusals.closed.clause", None), "profile.refusals.closed.clause", "expected str"),
        (put("refusals.bored", {"message": "m", "clause": "c"}), "profile.refusals.bored", "unk"),
        (put("decision_rules", []), "profile.decision_rules", "must be exactly"),
        (put("launch_review.value.mode", "none"), "profile.launch_review", "days belong"),
        (
            put("result_times.publish_working_days", {"value": 1, "clause": "x"}),
            "profile.result_times",
            "exclude each other",
        ),
        (
            put("result_times.publish_hour.value", 24),
            "profile.result_times.publish_hour",
            "hour of",
        ),
        (
            put("documents.minutes", {"value": [], "clause": "x"}),
            "profile.documents.minutes",
            "unk",
        ),
        (put("documents.binding_list.value", ["age"]), "profile.documents.binding_list", "'age'"),
        (put("documents.result.value", ["stamp"]), "profile.documents.result", "'stamp'"),
        (put("documents.meeting_entry.value", ["x"]), "profile.documents.meeting_entry", "'x'"),
        (
            put("documents.binding_list.value", []),
            "profile.lead_times.binding_list_days",
            "belongs to",
        ),
        (
            put("phone_unique_per_owner.value", False),
            "profile.phone_unique_per_owner.value",
            "is not one of",
        ),
        (put("launch_review.clause", None), "profile.launch_review.clause", "expected str"),
    ],
)
def test_wrong_key_is_named(change, path, problem):
    data = source()
    change(data)
    with pytest.raises(ProfileError) as caught:
        parse_profile(data)
    assert caught.value.path == path
    assert problem in caught.value.problem


def test_missing_refusal_is_named():
    data = source()
    del data["refusals"]["closed"]
    with pytest.raises(ProfileError, match=r"profile\.refusals\.closed: missing key"):
        parse_profile(data)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("result", "profile.documents.result"),
        ("binding_list", "profile.documents.binding_list"),
    ],
)
def test_missing_list_of_documents_is_named(key, path):
    data = source()
    del data["documents"][key]
    with pytest.raises(ProfileError, match="missing key") as caught:
        parse_profile(data)
    assert caught.value.path == path


def test_list_of_owners_for_a_first_assembly_needs_a_binding_list():
    data = source()
    data["documents"]["binding_list"]["value"] = []
    data["lead_times"]["binding_list_days"] = None
    with pytest.raises(ProfileError) as caught:
        parse_profile(data)
    assert caught.value.path == "profile.documents.inaugural_notice"


@pytest.mark.parametrize("share", [(0, 2), (3, 2)])
def test_impossible_share_is_refused(share):
    data = source()
    majority = data["decision_rules"][1]["ordinary"]
    majority["numerator"], majority["denominator"] = share
    with pytest.raises(ProfileError, match="between 0 and 1"):
        parse_profile(data)


def test_unknown_statutory_item_is_refused():
    data = source()
    data["matters"][0]["statutory"] = ["party"]
    with pytest.raises(ProfileError, match="unknown item 'party'"):
        parse_profile(data)
    data = source()
    data["decision_rules"][0]["special_items"] = ["party"]
    with pytest.raises(ProfileError, match="unknown item 'party'"):
        parse_profile(data)


def test_key_written_twice_is_refused(tmp_path):
    text = (PROFILES / "generic.yaml").read_text(encoding="utf-8")
    path = tmp_path / "generic.yaml"
    path.write_text(text + "place: 另一城市\n", encoding="utf-8")
    with pytest.raises(ProfileError, match="duplicate key 'place'"):
        load_profile(path)


def test_file_name_is_the_profile_id(tmp_path):
    path = tmp_path / "elsewhere.yaml"
    path.write_text((PROFILES / "generic.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ProfileError, match="holds 'generic'"):
        load_profile(path)


@pytest.mark.parametrize("text", ["a: [", "- only\n- a list\n"])
def test_unreadable_file_is_refused(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError):
        load_profile(path)
    with pytest.raises(ProfileError):
        load_profile(tmp_path / "absent.yaml")


@pytest.mark.clause("SZ-35")
def test_stored_profile_reads_back_and_keeps_its_digest(profiles):
    for profile in profiles.values():
        stored = json.loads(json.dumps(as_plain(profile)))
        again = parse_profile(stored)
        assert again == profile
        assert digest(again) == digest(profile)


def test_digest_changes_with_any_rule(shenzhen):
    data = as_plain(shenzhen)
    digests = {digest(shenzhen)}
    for change in (
        put("lead_times.entry_days.value", 21),
        put("paper_mode.clause", "SZ-11.1"),
        put("refusals.closed.message", "refusal.other"),
    ):
        changed = copy.deepcopy(data)
        change(changed)
        digests.add(digest(parse_profile(changed)))
    assert len(digests) == 4
