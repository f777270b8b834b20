"""The vote from its opening to its count."""

from __future__ import annotations

import json

import pytest

from tests.functional.story_steps import (
    CLOSES,
    MEETING,
    OPENS,
    captioned,
    heads_of,
)

# 6. The vote.


@pytest.mark.clause("EV-6.4.3")
def test_vote_opens_by_the_clock_and_not_a_minute_early(story):
    story.until("2026-06-20T08:59")
    assert "公示中" in story.anybody.get(MEETING).text
    story.until(OPENS)
    assert "投票中" in story.anybody.get(MEETING).text
    assert "vote.opened" in story.received(story.phones["ye"])


def vote(browser):
    """Vote in the browser; returns the voucher's page and how many pages it took."""
    form = browser.get(f"{MEETING}vote").forms["vote"]
    form["m-2026-001"], form["m-2026-002"] = "for", "against"
    for field in form.fields["m-2026-003"]:
        field.checked = field._value in ("o1", "o2", "o4")
    review = form.submit("step", index=0)
    assert "周明远、林秀英、唐雅琴" in review.text
    confirm = next(f for f in review.forms.values() if "nonce" in f.fields)
    return confirm.submit("step", index=0, status=303).follow(), review


@pytest.mark.clause("EV-7.3.1", "EV-8.1.1")
def test_owner_votes_in_three_pages_and_gets_the_voucher_as_pdf_png_and_json(story):
    ye = story.log_in("ye")
    voucher, story.notes["review"] = vote(ye)
    path = story.notes["voucher"] = voucher.request.path
    assert "电子投票凭证" in voucher.text
    assert ye.get(f"{path}.pdf").body.startswith(b"%PDF-")
    assert ye.get(f"{path}.png").body.startswith(b"\x89PNG")
    assert json.loads(ye.get(f"{path}.json").body)["promise"]
    story.clock.forward(minutes=1)
    story.site.drain()
    assert json.loads(ye.get(f"{path}.json").body)["inclusion"]


@pytest.mark.clause("SZ-16", "SZ-21.2")
def test_second_ballot_by_the_voter_or_the_co_owner_is_refused(story):
    again = next(f for f in story.notes["review"].forms.values() if "nonce" in f.fields)
    again["nonce"].force_value("0" * 32)
    assert "已经投过票" in again.submit("step", index=0, status=422).text
    xiong = story.log_in("xiong")
    refused = xiong.get(f"{MEETING}vote", status=422)
    assert "SZ-21.2" in refused.text
    assert "共有人" in xiong.get(story.notes["voucher"]).text


@pytest.mark.clause("SZ-17.1", "SZ-17.2")
def test_convenor_sees_turnout_and_reminds_who_has_not_voted(story):
    convenor = story.log_in("kong")
    page = convenor.get(f"{MEETING}turnout")
    assert "1 / 1" in page.text
    form = next(f for f in page.forms.values() if f.action.endswith("/remind"))
    form.submit(status=303)
    story.site.drain()
    assert "vote.reminder" in story.received(story.phones["kong"])
    assert "vote.reminder" not in story.received(story.phones["ye"])


@pytest.mark.clause("EV-8.5.2")
def test_nobody_sees_a_choice_before_the_end(story):
    for login in ("kong", "street", "records", "municipal", "ye"):
        browser = story.log_in(login)
        text = (
            browser.get(MEETING).text + browser.get(story.notes["voucher"], expect_errors=True).text
        )
        assert "得票" not in text
        assert browser.get(f"{MEETING}result", expect_errors=True).status_int == 404
    stored = (story.site.folder / "db" / "Data.fs").read_bytes()
    assert b'"choices"' not in stored


# 8. Close, count and result.


def choose(motion, number):
    """Return the choice of the nth of the other owners."""
    if motion.is_election:
        return [f"o{1 + (number + step) % 6}" for step in range(4)]
    return ["for" if number % 20 < 17 else "against" if number % 20 < 19 else "abstain"]


@pytest.mark.clause("EV-6.4.3", "EV-8.5.1")
def test_vote_closes_by_the_clock_and_only_staff_sees_the_count(story):
    assert story.cast_the_others(choose, most=900) == 900
    story.until("2026-07-01T17:59")
    assert "投票中" in story.anybody.get(MEETING).text
    story.until(CLOSES)
    assert story.meeting(lambda meeting: meeting.workflow_state) == "counted"
    for browser in (story.anybody, story.log_in("ye")):
        assert browser.get(f"{MEETING}result", status=404)
        assert "通过" not in browser.get(MEETING).html.find(id="main").get_text()
    page = story.log_in("kong").get(f"{MEETING}result")
    story.notes["heads"] = heads_of(page)
    assert "result.review" in story.received(story.phones["kong"])


@pytest.mark.clause("CN-278.Q", "CN-278.S", "CN-278.G", "SZ-25.3", "EV-8.3.3")
def test_count_shows_numerators_denominators_clauses_and_the_ranking(story):
    page = story.browsers["kong"].get(f"{MEETING}result").html
    text = page.find(id="main").get_text(" ", strip=True)
    for words in ("≥ 2/3", "> 1/2", "901 / 1136", "126,286.15", "≥ 3/4"):
        assert words in text
    ranking = next(t for t in page.select("table") if captioned(t, "候选人得票顺序"))
    elected = [row for row in ranking.select("tbody tr") if row.select(".chip--done")]
    assert len(elected) == 5
    assert "林秀英" in ranking.select("tbody tr")[0].get_text()
    assert dict(story.notes["heads"])["同意"] == "766"
