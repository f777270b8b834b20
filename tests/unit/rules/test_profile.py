import copy
import json
from datetime import date

import pytest
import yaml

from portal.rules.errors import ProfileError, RuleError
from portal.rules.profile_files import digest, load_profile, parse_profile
from portal.rules.strict import as_plain, text_of
from portal.rules.vocabulary import REFUSAL_CODES
from tests.unit.rules.conftest import WORKFLOWS

PROFILES = WORKFLOWS / "profiles"
SHENZHEN_CONVENORS = (
    "committee",
    "preparatory_group",
    "reelection_group",
    "street_office",
    "residents_committee",
)


def review(mode, days=None):
    return {"mode": mode, "days": days}


def days(number, clause):
    return {"value": number, "clause": clause}


# Conflict, dotted key, value in Shenzhen, value in Beijing; None stands for "no such rule".
CONFLICTS = [
    ("C-1", "paper_mode.value", "supplement", "none"),
    ("C-2", "assisted_terminal.value", False, True),
    ("C-3", "cross_channel_precedence.value", "electronic", "electronic"),
    ("C-4", "coowner_rule.value", "representative_then_first", "first"),
    ("C-5", "multi_unit.value", "one_ballot_one_head", "one_ballot_one_head_autojoin"),
    ("C-6", "ballot_record.value", "one_ballot_every_unit", "one_ballot_every_unit"),
    ("C-7", "late_binding.value", "paper_only", "allowed"),
    ("C-8", "title_change.value", "unbind_at_launch", "old_vote_stands_else_new"),
    ("C-9", "extension.value.approval", True, False),
    ("C-9", "extension.value.days", None, 15),
    ("C-9", "extension.value.max_count", None, 1),
    ("C-9", "extension.value.causes", ["force_majeure", "accident", "technical_failure"], []),
    ("C-10", "early_close.value", "never", "never"),
    ("C-11", "amend.value", "republish", "suspend_relaunch"),
    ("C-12", "launch_review.value", review("advisory", 5), review("mandatory")),
    ("C-13", "result_review.value", review("advisory", 3), review("none")),
    ("C-14", "interim_option_tally.value", "hidden", "hidden"),
    (
        "C-15",
        "convenor_types.value",
        list(SHENZHEN_CONVENORS),
        ["preparatory_group", "committee", "service_company", "street_office"],
    ),
    ("C-17", "proxy.value.allowed", True, False),
    ("C-17", "proxy.value.max_appointors", 3, None),
    ("C-18", "partial_ballot.value", "abstain_rest", "abstain_rest"),
    ("C-19", "lead_times.entry_days", days(20, "SZ-12.1"), None),
    ("C-19", "lead_times.publication_days", days(15, "SZ-12.3"), None),
    ("C-19", "lead_times.binding_list_days", days(10, "SZ-14.1"), None),
    ("C-19", "lead_times.invitation_working_days", days(3, "SZ-12.4"), None),
    ("C-20", "result_times.publish_days", days(3, "SZ-26"), None),
    ("C-20", "result_times.notice_days", days(10, "SZ-26"), None),
    ("C-20", "result_times.publish_working_days", None, days(1, "BJ-OQ10")),
    ("C-20", "result_times.dispute_days", days(10, "SZ-26"), days(10, "C-20")),
    ("C-20", "result_times.publish_hour", days(18, "C-20"), days(18, "C-20")),
    ("C-22", "revote.value", "never", "never"),
    ("C-23", "phone_unique_per_owner.value", True, True),
    (
        "C-24",
        "corrections.value",
        "until_opening_then_objection",
        "until_opening_then_objection",
    ),
    (
        "C-25",
        "unit_table_audience.value",
        ["street_office", "scrutineers"],
        ["street_office", "scrutineers"],
    ),
]


def at(profile, dotted):
    value = as_plain(profile)
    for key in dotted.split("."):
        value = value[key]
    return value


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=pytest.mark.clause(row[0]), id=f"{row[0]} {row[1]}")
        for row in CONFLICTS
    ],
)
def test_conflicting_sources_are_data(shenzhen, beijing, row):
    _conflict, key, in_shenzhen, in_beijing = row
    assert at(shenzhen, key) == in_shenzhen
    assert at(beijing, key) == in_beijing


def test_every_conflict_of_the_catalogue_is_covered():
    """C-16 and C-21 are structures with tests of their own below."""
    covered = {int(conflict[2:]) for conflict, *_ in CONFLICTS} | {16, 21}
    assert covered == set(range(1, 26))


@pytest.mark.clause("SZ-9.1", "SZ-9.2", "SZ-N3", "BJ-O4.1", "C-16")
def test_failed_identification_goes_on_site_in_shenzhen_and_online_in_beijing(shenzhen, beijing):
    def fallback(profile):
        methods = profile.identity_methods.value
        return [(m.place, m.clause) for m in methods if m.only_after_failure]

    assert fallback(shenzhen) == [("on_site", "SZ-9.2")]
    assert fallback(beijing) == [("online", "BJ-O4.1")]
    face = shenzhen.identity_methods.value[0]
    assert {"face_recognition", "sms_code"} <= set(face.evidence)


@pytest.mark.clause("EV-4.1.7")
def test_every_profile_offers_at_least_two_methods_of_identity(profiles):
    assert all(len(profile.identity_methods.value) >= 2 for profile in profiles.values())


@pytest.mark.clause("CN-76", "CN-278.T", "C-21")
def test_decision_rule_is_chosen_by_date_in_every_profile(profiles):
    for profile in profiles.values():
        assert profile.decision_rule(date(2020, 12, 31)).id == "property_law_76"
        assert profile.decision_rule(date(2021, 1, 1)).id == "civil_code_278"


@pytest.mark.clause("SZ-2.1")
def test_exactly_five_bodies_convene_in_shenzhen(shenzhen):
    assert sorted(shenzhen.convenor_types.value) == sorted(SHENZHEN_CONVENORS)
    assert "service_company" not in shenzhen.convenor_types.value


@pytest.mark.clause("BJ-GQ7")
def test_seven_matters_of_beijing_cover_the_nine_statutory_items(beijing, shenzhen):
    assert len(beijing.matters) == 7
    named = {item for matter in beijing.matters for item in matter.statutory}
    assert named == {item for matter in shenzhen.matters for item in matter.statutory}
    assert len(shenzhen.matters) == 9


@pytest.mark.clause("SZ-12.5")
def test_first_assembly_publishes_six_items(shenzhen):
    assert len(shenzhen.documents["inaugural_notice"].value) == 6


@pytest.mark.clause("SZ-14.1")
def test_binding_list_has_five_columns(shenzhen):
    columns = shenzhen.documents["binding_list"].value
    assert columns == ("name", "room", "mobile", "bound_at", "binding_state")


def test_three_profiles_are_shipped_and_every_rule_has_a_clause(profiles):
    assert sorted(profiles) == ["beijing-2019", "generic", "shenzhen-draft-2019"]

    def clauses(value):
        if isinstance(value, dict):
            if "clause" in value:
                yield value["clause"]
            for item in value.values():
                yield from clauses(item)
        elif isinstance(value, list):
            for item in value:
                yield from clauses(item)

    for profile in profiles.values():
        found = list(clauses(as_plain(profile)))
        assert len(found) > len(REFUSAL_CODES) + 30
        prefixes = {clause.split("-")[0] for clause in found}
        assert prefixes <= {"SZ", "BJ", "EV", "CN", "C"}
        foreign = {"shenzhen-draft-2019": "OQ", "beijing-2019": "SZ"}.get(profile.id, "SZ")
        assert not [c for c in found if c.startswith(foreign)]


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


def test_refusal_carries_message_clause_and_values(shenzhen, beijing):
    error = shenzhen.refuse("closed", field="cast_at", closed="2026-07-10")
    assert isinstance(error, RuleError)
    assert (error.message_id, error.clause, error.field) == (
        "refusal.closed",
        "EV-6.4.3",
        "cast_at",
    )
    assert error.values == {"closed": "2026-07-10"}
    assert "2026-07-10" in str(error)
    assert beijing.refuse("coowner_voted").clause == "BJ-OQ5"


def test_validity_includes_both_ends(shenzhen):
    assert shenzhen.validity.covers(date(2019, 9, 1))
    assert not shenzhen.validity.covers(date(2019, 8, 31))
    old_law = shenzhen.decision_rules[0].validity
    assert old_law.covers(date(2020, 12, 31))
    assert not old_law.covers(date(2021, 1, 1))


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("shenzhen-draft-2019", ("BJ-",)),
        ("beijing-2019", ("SZ-",)),
        ("generic", ("SZ-", "BJ-")),
    ],
)
def test_no_law_cites_a_clause_of_another_city(profiles, name, others):
    text = text_of(profiles[name])
    assert [one for one in others if f'"{one}' in text] == []
