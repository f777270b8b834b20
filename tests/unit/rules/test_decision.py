import json
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.decision import decide, reaches, reevaluate, select_rule
from portal.rules.errors import RuleError
from portal.rules.heads import Measure
from portal.rules.keys import Share
from portal.rules.profile_files import digest
from portal.rules.vocabulary import STATUTORY_ITEMS
from tests.unit.rules.reference import carried_by_art_76, carried_by_art_278

TOTALS = Measure(300, 3_000_000)
TODAY = date(2026, 11, 20)
LAST_DAY_OF_THE_PROPERTY_LAW = date(2020, 12, 31)
FIRST_DAY_OF_THE_CIVIL_CODE = date(2021, 1, 1)
SPECIAL = {"maintenance_fund_raise", "rebuilding", "common_parts_use"}


def equal_areas(heads):
    return Measure(heads, heads * 10_000)


def verdict_of(profile, matter, participating, agreeing, day=TODAY):
    rule = select_rule(profile, matter, day)
    return decide(rule, TOTALS, equal_areas(participating), equal_areas(agreeing))


@pytest.mark.clause("CN-278.Q", "CN-278.S", "CN-278.G", "CN-1259")
@pytest.mark.parametrize(
    ("participating", "agreeing", "matter", "carried"),
    [
        (199, 199, "service_company", False),
        (200, 100, "service_company", False),
        (200, 101, "service_company", True),
        (200, 149, "maintenance_fund_raise", False),
        (200, 150, "maintenance_fund_raise", True),
        (200, 90, "service_company", False),  # 60 against, 50 abstain
    ],
)
def test_worked_values_of_article_278(shenzhen, participating, agreeing, matter, carried):
    assert verdict_of(shenzhen, matter, participating, agreeing).carried is carried


@pytest.mark.clause("CN-278.Q")
def test_two_of_three_heads_are_not_enough_when_their_area_is_a_hair_short(shenzhen):
    rule = select_rule(shenzhen, "covenant", TODAY)
    totals = Measure(3, 30_001)
    short = decide(rule, totals, Measure(2, 20_000), Measure(2, 20_000))
    assert [(check.key, check.met) for check in short.checks][:2] == [
        ("quorum_heads", True),
        ("quorum_area", False),
    ]
    assert not short.carried
    assert decide(rule, totals, Measure(2, 20_001), Measure(2, 20_001)).carried


@pytest.mark.clause("CN-278.T")
@pytest.mark.parametrize("item", STATUTORY_ITEMS)
def test_statutory_item_selects_the_majority(shenzhen, item):
    rule = select_rule(shenzhen, item, TODAY)
    assert rule.category == ("special" if item in SPECIAL else "ordinary")
    assert rule.majority.clause == ("CN-278.S" if item in SPECIAL else "CN-278.G")
    assert rule.quorum.clause == "CN-278.Q"


@pytest.mark.clause("CN-76")
def test_before_2021_the_totals_are_the_denominators(shenzhen):
    before = verdict_of(shenzhen, "service_company", 200, 101, day=LAST_DAY_OF_THE_PROPERTY_LAW)
    after = verdict_of(shenzhen, "service_company", 200, 101, day=FIRST_DAY_OF_THE_CIVIL_CODE)
    assert {check.denominator for check in before.checks} == {300, 3_000_000}
    assert not before.carried
    assert after.carried
    assert after.rule.rule == "civil_code_278"
    assert before.rule.rule == "property_law_76"


@pytest.mark.clause("CN-76")
@pytest.mark.parametrize(
    ("matter", "agreeing", "carried"),
    [
        ("service_company", 150, False),
        ("service_company", 151, True),
        ("maintenance_fund_use", 199, False),
        ("maintenance_fund_use", 200, True),
        ("maintenance_fund_raise", 200, True),
        ("common_parts_use", 151, True),
    ],
)
def test_property_law_boundaries(generic, matter, agreeing, carried):
    verdict = verdict_of(generic, matter, 300, agreeing, day=LAST_DAY_OF_THE_PROPERTY_LAW)
    assert verdict.carried is carried


@pytest.mark.clause("CN-278.T")
def test_using_the_fund_is_general_since_the_civil_code(shenzhen):
    for day, category in (
        (LAST_DAY_OF_THE_PROPERTY_LAW, "special"),
        (FIRST_DAY_OF_THE_CIVIL_CODE, "ordinary"),
    ):
        assert select_rule(shenzhen, "maintenance_fund_use", day).category == category


@pytest.mark.clause("EV-6.3.3", "EV-8.2.2")
@pytest.mark.parametrize(
    ("advisory", "participating", "agreeing", "carried"),
    [
        ("simple_majority", 10, 5, False),
        ("simple_majority", 10, 6, True),
        ("absolute_majority", 300, 150, False),
        ("absolute_majority", 200, 151, True),
        ("area_majority", 10, 5, False),
        ("area_majority", 10, 6, True),
        ("two_thirds", 30, 19, False),
        ("two_thirds", 30, 20, True),
    ],
)
def test_counting_rules_of_the_standard_at_their_boundary(
    generic, advisory, participating, agreeing, carried
):
    rule = select_rule(generic, "opinion_poll", TODAY, advisory=advisory)
    verdict = decide(rule, TOTALS, equal_areas(participating), equal_areas(agreeing))
    assert verdict.carried is carried


@pytest.mark.clause("EV-6.3.3", "CN-278.Q")
def test_refused_decision_names_its_reason_and_the_rule_of_the_standard_its_kind(generic, beijing):
    rule = select_rule(generic, "opinion_poll", TODAY, advisory="simple_majority")
    assert (rule.category, rule.majority) == ("advisory", generic.advisory_rules[0].ordinary)
    assert rule.rule == generic.advisory_rules[0].id == "simple_majority"
    for name, wrong in (("heads", Measure(301, 1)), ("area", Measure(1, 3_000_001))):
        with pytest.raises(RuleError) as caught:
            decide(rule, TOTALS, wrong, Measure(0, 0))
        assert caught.value.message_id == "rules.decision.quantities"
        assert (caught.value.clause, caught.value.field) == ("CN-278", name)
    with pytest.raises(RuleError) as caught:
        select_rule(beijing, "maintenance_fund", TODAY)
    assert caught.value.message_id == "rules.decision.item_needed"
    assert reevaluate({}) is False
    assert reaches(0, 0, Share(1, 2, strict=False, base="total", clause="x")) is False


@pytest.mark.clause("CN-278.T")
def test_rule_of_a_statutory_matter_cannot_be_chosen(generic):
    with pytest.raises(RuleError, match="unknown_matter"):
        select_rule(generic, "rebuilding", TODAY, advisory="simple_majority")
    with pytest.raises(RuleError, match="unknown_matter") as caught:
        select_rule(generic, "rebuilding", TODAY, item="covenant")
    assert caught.value.values == {"matter": "rebuilding", "item": "covenant"}
    with pytest.raises(RuleError, match="unknown_matter"):
        select_rule(generic, "opinion_poll", TODAY)


@pytest.mark.clause("BJ-G7.3.3")
def test_free_text_matter_is_refused(beijing):
    with pytest.raises(RuleError) as caught:
        select_rule(beijing, "换个更好的物业", TODAY)
    assert caught.value.clause == "BJ-G7.3.3"


@pytest.mark.clause("BJ-GQ7")
def test_joint_matter_of_beijing_asks_which_statutory_item(beijing):
    with pytest.raises(RuleError, match="item_needed"):
        select_rule(beijing, "maintenance_fund", TODAY)
    raising = select_rule(beijing, "maintenance_fund", TODAY, item="maintenance_fund_raise")
    using = select_rule(beijing, "maintenance_fund", TODAY, item="maintenance_fund_use")
    assert (raising.category, using.category) == ("special", "ordinary")


def test_day_before_every_rule_is_refused(shenzhen):
    with pytest.raises(RuleError, match="no_decision_rule"):
        select_rule(shenzhen, "covenant", date(2007, 9, 30))


@pytest.mark.parametrize(
    ("totals", "participation", "agreeing"),
    [
        (Measure(0, 0), Measure(0, 0), Measure(0, 0)),
        (Measure(3, 300), Measure(4, 300), Measure(1, 100)),
        (Measure(3, 300), Measure(3, 301), Measure(1, 100)),
        (Measure(3, 300), Measure(2, 200), Measure(2, 201)),
        (Measure(3, 300), Measure(2, 200), Measure(-1, 100)),
    ],
)
def test_contradicting_quantities_are_refused(shenzhen, totals, participation, agreeing):
    with pytest.raises(RuleError, match="quantities"):
        decide(select_rule(shenzhen, "covenant", TODAY), totals, participation, agreeing)


def test_nobody_taking_part_carries_nothing(generic):
    rule = select_rule(generic, "opinion_poll", TODAY, advisory="two_thirds")
    assert not decide(rule, TOTALS, Measure(0, 0), Measure(0, 0)).carried
    assert not reaches(0, 0, Share(2, 3, strict=False, base="participating", clause=""))


@pytest.mark.clause("EV-8.2.1", "EV-8.4.1")
def test_explanation_reevaluates_to_the_same_verdict(shenzhen):
    verdict = verdict_of(shenzhen, "maintenance_fund_raise", 200, 150)
    explanation = json.loads(json.dumps(verdict.explanation))
    assert explanation["rule"]["profile"] == "shenzhen-draft-2019@1"
    assert explanation["rule"]["profile_digest"] == digest(shenzhen)
    assert [
        (check["key"], check["numerator"], check["denominator"], check["share"]["clause"])
        for check in explanation["checks"]
    ] == [
        ("quorum_heads", 200, 300, "CN-278.Q"),
        ("quorum_area", 2_000_000, 3_000_000, "CN-278.Q"),
        ("majority_heads", 150, 200, "CN-278.S"),
        ("majority_area", 1_500_000, 2_000_000, "CN-278.S"),
    ]
    assert reevaluate(explanation)


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.update(carried=False),
        lambda e: e["agreeing"].__setitem__(0, 149),
        lambda e: e["participation"].__setitem__(1, 1),
        lambda e: e["checks"][0].update(met=False),
        lambda e: e["checks"].pop(),
        lambda e: e["rule"]["majority"].update(denominator=5),
        lambda e: e["rule"]["majority"].update(strict=True),
        lambda e: e["rule"].update(quorum=None),
        lambda e: e.update(note="x"),
        lambda e: e.pop("totals"),
    ],
)
def test_changed_explanation_does_not_reevaluate(shenzhen, change):
    explanation = json.loads(
        json.dumps(verdict_of(shenzhen, "maintenance_fund_raise", 200, 150).explanation)
    )
    change(explanation)
    assert not reevaluate(explanation)


ballot = st.tuples(
    st.just(1),
    st.integers(min_value=1, max_value=30_000),
    st.sampled_from(["for", "against", "abstain", ""]),
)


@settings(database=None, max_examples=300)
@given(
    ballots=st.lists(ballot, min_size=1, max_size=24),
    absent=st.builds(Measure, st.integers(0, 12), st.integers(0, 120_000)),
    matter=st.sampled_from(["covenant", "rebuilding"]),
    civil_code=st.booleans(),
)
def test_random_assemblies_agree_with_the_statute(shenzhen, ballots, absent, matter, civil_code):
    participation = Measure(len(ballots), sum(area for _, area, _ in ballots))
    agreeing = [area for _, area, choice in ballots if choice == "for"]
    totals = participation.plus(absent)
    day = FIRST_DAY_OF_THE_CIVIL_CODE if civil_code else LAST_DAY_OF_THE_PROPERTY_LAW
    verdict = decide(
        select_rule(shenzhen, matter, day),
        totals,
        participation,
        Measure(len(agreeing), sum(agreeing)),
    )
    special = matter == "rebuilding"
    expected = (
        carried_by_art_278(*totals, ballots, three_quarters=special)
        if civil_code
        else carried_by_art_76(*totals, ballots, two_thirds=special)
    )
    assert verdict.carried is expected


@pytest.mark.clause("CN-278.Q")
def test_ten_thousand_assemblies_near_the_thresholds_agree_with_the_statute(shenzhen):
    """Small numbers and few areas, so that exact thirds, halves and quarters are frequent."""
    random = Random(278)
    rules = {
        special: select_rule(shenzhen, matter, TODAY)
        for special, matter in ((False, "covenant"), (True, "rebuilding"))
    }
    carried = 0
    for number in range(10_000):
        ballots = [
            (1, random.choice((100, 100, 200, 201)), random.choice(("for", "for", "against", "")))
            for _ in range(random.randint(1, 12))
        ]
        participation = Measure(len(ballots), sum(area for _, area, _ in ballots))
        totals = participation.plus(Measure(random.randint(0, 5), random.randint(0, 8) * 100))
        agreeing = [area for _, area, choice in ballots if choice == "for"]
        special = number % 2 == 1
        verdict = decide(
            rules[special], totals, participation, Measure(len(agreeing), sum(agreeing))
        )
        assert verdict.carried is carried_by_art_278(*totals, ballots, three_quarters=special)
        carried += verdict.carried
    assert 1_000 < carried < 9_000


@settings(database=None)
@given(st.integers(min_value=1, max_value=10**9))
def test_exact_shares_hold_at_every_size(shenzhen, size):
    """Exactly 2/3 and 3/4 are reached, exactly one half is not, one more always is."""
    rule = select_rule(shenzhen, "rebuilding", TODAY)
    assert decide(
        rule, Measure(6 * size, 6 * size), Measure(4 * size, 4 * size), Measure(3 * size, 3 * size)
    ).carried
    general = select_rule(shenzhen, "covenant", TODAY)
    half = Measure(2 * size, 2 * size)
    taking_part = Measure(4 * size, 4 * size)
    totals = Measure(6 * size, 6 * size)
    assert not decide(general, totals, taking_part, half).carried
    assert decide(general, totals, taking_part, half.plus(Measure(1, 1))).carried
    assert not decide(general, totals, taking_part, half.plus(Measure(1, 0))).carried
