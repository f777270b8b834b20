from datetime import date

import pytest

from portal.rules.errors import RuleError
from portal.rules.strict import as_plain, text_of
from portal.rules.vocabulary import REFUSAL_CODES

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
    ("C-25", "paper_units_to_owners.value", True, False),
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
