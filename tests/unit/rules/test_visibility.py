import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.rules.days import end_of_day
from portal.rules.visibility import (
    figures_upto,
    figures_while_voting,
    option_figures_visible,
    progress_visible,
    unit_table_visible,
)

CLOSES = end_of_day(date(2026, 7, 5))
OPEN, AFTER = CLOSES - timedelta(seconds=1), CLOSES


@pytest.mark.clause("SZ-17.1", "SZ-17.3")
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


@pytest.mark.clause("EV-7.4.3", "BJ-G8")
def test_votes_per_option_stay_hidden_until_publication(profiles):
    for profile in profiles.values():
        shown = figures_while_voting(profile, "recorded", chosen=False)
        assert not shown
        for now in (OPEN, AFTER):
            for sealed in (True, False):
                assert not option_figures_visible(
                    now, CLOSES, while_voting=shown, published=False, sealed=sealed
                )
        assert option_figures_visible(
            AFTER, CLOSES, while_voting=shown, published=True, sealed=True
        )


@pytest.mark.clause("EV-7.4.3", "EV-7.1.3")
def test_visible_figures_exclude_sealing_and_pause_while_counting():
    def seen(now, *, sealed):
        return option_figures_visible(
            now, CLOSES, while_voting=True, published=False, sealed=sealed
        )

    assert seen(OPEN, sealed=False)
    assert not seen(OPEN, sealed=True)
    assert not seen(AFTER, sealed=False)


@pytest.mark.clause("EV-7.4.3", "C-14")
def test_place_shows_hides_or_leaves_it_to_the_convenor_and_never_for_a_secret_vote(generic):
    def shows(rule, mode, *, chosen):
        place = replace(
            generic, interim_option_tally=replace(generic.interim_option_tally, value=rule)
        )
        return figures_while_voting(place, mode, chosen=chosen)

    assert [shows("hidden", "recorded", chosen=chosen) for chosen in (False, True)] == [False] * 2
    assert [shows("visible", "recorded", chosen=chosen) for chosen in (False, True)] == [True] * 2
    assert [shows("chosen", "recorded", chosen=chosen) for chosen in (False, True)] == [False, True]
    assert not any(shows(rule, "secret", chosen=True) for rule in ("visible", "chosen"))
    assert generic.interim_option_tally.value == "chosen"


@pytest.mark.clause("EV-7.4.3", "EV-10.8.1")
@pytest.mark.parametrize("step", [1, 2, 5, 7])
def test_two_figures_and_the_last_figures_and_the_result_differ_by_whole_steps(step):
    shown = [figures_upto(ballots, step) for ballots in range(6 * step)]
    assert shown[2 * step - 1] == 0
    assert shown[2 * step] == step
    changes = [new - old for old, new in itertools.pairwise(shown) if new != old]
    assert set(changes) == {step}
    # Whenever the vote ends, the result differs from the last figures by a step at least.
    assert all(ballots - upto >= min(step, ballots) for ballots, upto in enumerate(shown))


@pytest.mark.clause("SZ-25.4", "EV-6.3.1.1")
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


@pytest.mark.clause("SZ-11.1", "C-25")
def test_units_of_a_vote_on_paper_only_are_told_to_owners_where_the_place_says_so(
    shenzhen, beijing, generic
):
    for profile, told in ((shenzhen, True), (beijing, False), (generic, False)):
        assert unit_table_visible(profile, "owner", "recorded", paper_only=True) is told
        assert not unit_table_visible(profile, "owner", "secret", paper_only=True)
        assert not unit_table_visible(profile, "convenor", "recorded", paper_only=True)
