from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.rules.days import end_of_day, start_of_day
from portal.rules.errors import RuleError
from portal.rules.steps import (
    amend,
    check_amended,
    check_binding_list,
    check_convenor,
    check_entry,
    check_in_force,
    check_opening,
    check_publication,
    check_take_down,
    extend,
    suspend,
)

OPENS = start_of_day(date(2026, 6, 20)) + timedelta(hours=9)
ENDS = start_of_day(date(2026, 7, 10)) + timedelta(hours=18)
SECOND = timedelta(seconds=1)


def refused(clause, function, *args, **kwargs):
    with pytest.raises(RuleError) as caught:
        function(*args, **kwargs)
    assert caught.value.clause == clause
    return caught.value


@pytest.mark.clause("SZ-12.1", "C-19")
def test_entry_with_20_full_days_passes_and_one_second_later_is_refused(shenzhen):
    last = end_of_day(date(2026, 5, 30))
    check_entry(shenzhen, last - SECOND, OPENS)
    error = refused("SZ-12.1", check_entry, shenzhen, last, OPENS)
    assert error.values == {"last": "2026-05-30", "opens": "2026-06-20"}
    assert error.field == "opens_at"


@pytest.mark.clause("SZ-12.3")
def test_publication_with_15_full_days_passes_and_a_day_later_is_refused(shenzhen):
    check_publication(shenzhen, date(2026, 6, 4), OPENS)
    error = refused("SZ-12.3", check_publication, shenzhen, date(2026, 6, 5), OPENS)
    assert error.message_id == "refusal.publication_too_late"


@pytest.mark.clause("SZ-14.1")
def test_binding_list_with_ten_full_days_passes_and_a_day_later_is_refused(shenzhen):
    check_binding_list(shenzhen, date(2026, 6, 9), OPENS)
    refused("SZ-14.1", check_binding_list, shenzhen, date(2026, 6, 10), OPENS)


def test_profile_may_warn_instead_of_refusing(shenzhen):
    lenient = replace(shenzhen, lead_times=replace(shenzhen.lead_times, severity="warn"))
    check_entry(lenient, end_of_day(date(2026, 5, 30)), OPENS)
    check_publication(lenient, date(2026, 6, 5), OPENS)
    check_binding_list(lenient, date(2026, 6, 10), OPENS)


def test_profile_may_count_the_last_day(shenzhen):
    times = replace(shenzhen.lead_times, day_count="first_excluded")
    other = replace(shenzhen, lead_times=times)
    check_entry(other, end_of_day(date(2026, 5, 31)) - SECOND, OPENS)


@pytest.mark.clause("C-19")
def test_beijing_asks_for_no_days(beijing):
    check_entry(beijing, OPENS - SECOND, OPENS)
    check_publication(beijing, date(2026, 6, 20), OPENS)


@pytest.mark.clause("SZ-2.1", "BJ-GQ8.1", "C-15")
def test_service_company_convenes_in_beijing_only(shenzhen, beijing):
    error = refused("SZ-2.1", check_convenor, shenzhen, "service_company")
    assert (error.field, error.values) == ("convenor", {"convenor": "service_company"})
    check_convenor(beijing, "service_company")
    refused("BJ-GQ8.1", check_convenor, beijing, "residents_committee")
    check_convenor(shenzhen, "residents_committee")


@pytest.mark.parametrize(
    ("published", "listed", "objections", "clause", "told"),
    [
        (None, date(2026, 6, 9), 0, "SZ-12.3", "publication_missing published_on"),
        (date(2026, 6, 4), None, 0, "SZ-14.1", "binding_list_missing binding_list_on"),
        (date(2026, 6, 4), date(2026, 6, 9), 1, "SZ-15.2", "objection_open "),
        (date(2026, 6, 5), date(2026, 6, 9), 0, "SZ-12.3", "opening_too_early opens_at"),
        (date(2026, 6, 4), date(2026, 6, 10), 0, "SZ-12.3", "opening_too_early opens_at"),
    ],
)
@pytest.mark.clause("SZ-15.2")
def test_opening_waits_for_notices_and_objections(
    shenzhen, published, listed, objections, clause, told
):
    error = refused(
        clause,
        check_opening,
        shenzhen,
        OPENS,
        published_on=published,
        binding_list_on=listed,
        open_objections=objections,
    )
    assert f"{error.message_id.removeprefix('refusal.')} {error.field}" == told
    lenient = replace(shenzhen, lead_times=replace(shenzhen.lead_times, severity="warn"))
    if error.field == "opens_at":
        given = {"published_on": published, "binding_list_on": listed}
        assert check_opening(lenient, OPENS, **given, open_objections=0) is None


def test_opening_after_all_notices_is_allowed(shenzhen, beijing):
    check_opening(
        shenzhen,
        OPENS,
        published_on=date(2026, 6, 4),
        binding_list_on=date(2026, 6, 9),
        open_objections=0,
    )
    check_opening(
        beijing, OPENS, published_on=date(2026, 6, 20), binding_list_on=None, open_objections=0
    )


@pytest.mark.clause("SZ-26")
def test_result_stays_up_for_ten_full_days(shenzhen):
    rule = shenzhen.result_times.notice_days
    posted, first = date(2026, 7, 8), start_of_day(date(2026, 7, 19))
    refused("SZ-26", check_take_down, shenzhen, first - SECOND, posted, rule)
    error = refused("SZ-26", check_take_down, shenzhen, first - SECOND, posted, rule)
    assert error.values == {"earliest": "2026-07-19"}
    assert error.message_id == "refusal.notice_too_short"
    check_take_down(shenzhen, first, posted, rule)
    check_take_down(shenzhen, first - SECOND, posted, None)


@pytest.mark.clause("SZ-12.6", "C-11")
def test_amendment_moves_the_opening_by_fifteen_days(shenzhen):
    assert amend(shenzhen, start_of_day(date(2026, 6, 10)), OPENS) == date(2026, 6, 26)


@pytest.mark.clause("BJ-GQ2", "C-11")
def test_beijing_relaunches_instead_of_amending(beijing):
    refused("BJ-GQ2", amend, beijing, start_of_day(date(2026, 6, 10)), OPENS)


@pytest.mark.clause("SZ-12.6")
def test_changed_meeting_opens_after_fifteen_full_days_and_not_a_day_earlier(shenzhen):
    changed = start_of_day(date(2026, 6, 4)) + timedelta(hours=10)
    assert check_amended(shenzhen, changed, OPENS) is None
    error = refused("SZ-12.3", check_amended, shenzhen, changed + timedelta(days=1), OPENS)
    assert error.field == "opens_at"
    assert error.values["earliest"] == "2026-06-21"
    assert error.message_id == "refusal.opening_too_early"


@pytest.mark.clause("BJ-GQ2")
def test_vote_is_suspended_until_its_end_and_only_where_nothing_is_amended(beijing, shenzhen):
    assert suspend(beijing, ENDS - SECOND, ENDS) is None
    error = refused("EV-6.4.3", suspend, beijing, ENDS, ENDS)
    assert error.message_id == "refusal.closed"
    error = refused("SZ-12.6", suspend, shenzhen, ENDS - SECOND, ENDS)
    assert error.message_id == "refusal.amend_not_allowed"


@pytest.mark.clause("SZ-19.1", "SZ-19.2", "BJ-GQ3")
def test_refused_extension_names_the_reason_and_the_field(shenzhen, beijing, generic):
    def told(profile, **values):
        given = {"now": ENDS - SECOND, "ends_at": ENDS, "used": 0, "approved": True} | values
        with pytest.raises(RuleError) as caught:
            extend(profile, **given)
        return caught.value.message_id.removeprefix("refusal.extension_"), caught.value.field

    later = ENDS + timedelta(days=1)
    assert told(generic) == ("not_allowed", "")
    assert told(shenzhen, now=ENDS, cause="accident", new_end=later) == ("after_end", "")
    assert told(shenzhen, cause="rain", new_end=later) == ("cause", "cause")
    assert told(shenzhen, cause="accident", new_end=later, approved=False) == ("not_approved", "")
    assert told(shenzhen, cause="accident") == ("not_allowed", "new_end")
    assert told(shenzhen, cause="accident", new_end=ENDS) == ("not_allowed", "new_end")
    assert told(beijing, new_end=later) == ("not_allowed", "new_end")
    assert told(beijing, used=1) == ("used_up", "")
    given = {"used": 5, "cause": "accident", "approved": True, "new_end": ENDS + SECOND}
    assert extend(shenzhen, ENDS - SECOND, ENDS, **given) == ENDS + SECOND


@pytest.mark.clause("EV-4.1.10", "C-24")
def test_nothing_is_amended_once_voting_is_open(profiles):
    for profile in profiles.values():
        refused("EV-4.1.10", amend, profile, OPENS, OPENS)


@pytest.mark.clause("C-11")
def test_standard_alone_amends_freely_before_opening(generic):
    assert amend(generic, OPENS - SECOND, OPENS) == date(2026, 6, 20)


@pytest.mark.clause("BJ-GQ3", "C-9")
def test_beijing_extends_once_by_fifteen_days_before_the_end(beijing):
    extended = extend(beijing, ENDS - SECOND, ENDS, used=0)
    assert extended == start_of_day(date(2026, 7, 25)) + timedelta(hours=18)
    refused("BJ-GQ3", extend, beijing, ENDS - SECOND, extended, used=1)
    refused("BJ-GQ3", extend, beijing, ENDS, ENDS, used=0)
    refused("BJ-GQ3", extend, beijing, ENDS - SECOND, ENDS, used=0, new_end=extended)


@pytest.mark.clause("SZ-19.1", "SZ-19.2", "C-9")
def test_shenzhen_extends_for_a_cause_with_approval(shenzhen):
    now, later = ENDS - SECOND, ENDS + timedelta(days=3)
    good = {"used": 4, "cause": "technical_failure", "approved": True, "new_end": later}
    assert extend(shenzhen, now, ENDS, **good) == later
    refused("SZ-19.1", extend, shenzhen, now, ENDS, **(good | {"cause": "holiday"}))
    refused("SZ-19.2", extend, shenzhen, now, ENDS, **(good | {"approved": False}))
    refused("SZ-19.1", extend, shenzhen, now, ENDS, **(good | {"new_end": None}))
    refused("SZ-19.1", extend, shenzhen, now, ENDS, **(good | {"new_end": ENDS}))
    refused("SZ-19.2", extend, shenzhen, ENDS, ENDS, **good)


@pytest.mark.clause("C-9")
def test_standard_alone_knows_no_extension(generic):
    refused("C-9", extend, generic, ENDS - SECOND, ENDS, used=0)


@pytest.mark.clause("SZ-35")
def test_rules_that_are_not_in_force_launch_nothing(shenzhen):
    first = shenzhen.validity.first
    check_in_force(shenzhen, first)
    refused("EV-8.2.1", check_in_force, shenzhen, first - timedelta(days=1))
