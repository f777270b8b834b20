from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.rules.days import end_of_day
from portal.rules.visibility import option_figures_visible, progress_visible, unit_table_visible

CLOSES = end_of_day(date(2026, 7, 5))
OPEN, AFTER = CLOSES - timedelta(seconds=1), CLOSES


@pytest.mark.clause("SZ-17.1")
@pytest.mark.clause("SZ-17.3")
def test_progress_is_for_the_convenor_and_for_owners_who_have_voted(shenzhen, beijing, generic):
    def seen(profile):
        return [
            progress_visible(profile, "convenor", has_voted=False),
            progress_visible(profile, "owner", has_voted=False),
            progress_visible(profile, "owner", has_voted=True),
        ]

    assert seen(shenzhen) == [True, False, True]
    assert seen(beijing) == [True, False, False]
    assert seen(generic) == [True, True, True]


@pytest.mark.clause("EV-7.4.3")
@pytest.mark.clause("BJ-G8")
def test_votes_per_option_stay_hidden_until_publication(profiles):
    for profile in profiles.values():
        for now in (OPEN, AFTER):
            for sealed in (True, False):
                assert not option_figures_visible(
                    profile, now, CLOSES, published=False, sealed=sealed
                )
        assert option_figures_visible(profile, AFTER, CLOSES, published=True, sealed=True)


@pytest.mark.clause("EV-7.4.3")
@pytest.mark.clause("EV-7.1.3")
def test_visible_figures_exclude_sealing_and_pause_while_counting(generic):
    visible = replace(
        generic, interim_option_tally=replace(generic.interim_option_tally, value="visible")
    )
    assert option_figures_visible(visible, OPEN, CLOSES, published=False, sealed=False)
    assert not option_figures_visible(visible, OPEN, CLOSES, published=False, sealed=True)
    assert not option_figures_visible(visible, AFTER, CLOSES, published=False, sealed=False)


@pytest.mark.clause("SZ-25.4")
@pytest.mark.clause("EV-6.3.1.1")
def test_unit_table_is_for_street_office_and_scrutineers_and_never_of_a_secret_vote(shenzhen):
    for viewer in ("street_office", "scrutineers"):
        assert unit_table_visible(shenzhen, viewer, "recorded")
        assert not unit_table_visible(shenzhen, viewer, "secret")
    assert not unit_table_visible(shenzhen, "owner", "recorded")
    assert not unit_table_visible(shenzhen, "convenor", "recorded")
    audience = replace(shenzhen.unit_table_audience, value=("owners",))
    told = replace(shenzhen, unit_table_audience=audience)
    assert unit_table_visible(told, "owner", "recorded")
    assert not unit_table_visible(told, "owner", "secret")
