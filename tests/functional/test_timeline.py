"""The dates of a meeting: on its page with what was missed, and as a calendar file."""

from datetime import date

import pytest
from icalendar import Calendar

from portal import accounts
from portal.security import Role
from tests.functional.assembly import OPENS, Assembly, at, meeting_of


def events(assembly, login="convenor"):
    answer = assembly.site.logged_in(login).get(assembly.path + "calendar.ics")
    assert answer.content_type == "text/calendar"
    found = Calendar.from_ical(answer.body).walk("VEVENT")
    return {str(one["UID"]): one for one in found}


def lines(assembly, login="convenor"):
    """Return the words of each line of the time line on the meeting's page."""
    page = assembly.site.logged_in(login).get(assembly.path).html
    return [one.get_text(" ", strip=True) for one in page.select(".timeline li")]


@pytest.mark.clause("SZ-12.1", "SZ-12.3", "SZ-12.4", "SZ-26", "SZ-N2")
def test_calendar_file_holds_every_statutory_date_with_its_clause(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit")
    found = {name.partition(".")[0]: one for name, one in events(assembly).items()}
    days = {key: (one["DTSTART"].dt, str(one["DESCRIPTION"])) for key, one in found.items()}
    assert days["entry"] == (date(2026, 5, 30), "SZ-12.1")
    assert days["publication"] == (date(2026, 6, 4), "SZ-12.3")
    assert days["binding_list"] == (date(2026, 6, 9), "SZ-14.1")
    assert days["invitation"] == (date(2026, 6, 15), "SZ-12.4")
    assert days["result_publication"] == (date(2026, 7, 6), "SZ-26")
    # The vote itself begins at an instant and not on a day.
    assert days["voting_open"] == (at(OPENS), "EV-6.4.1")
    assert "2026年业主大会会议" in str(found["entry"]["SUMMARY"])


def test_dates_of_two_communities_never_replace_each_other_in_one_calendar(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit")
    before = events(assembly)
    assert all("haitang" in name for name in before)
    # The same dates again replace those of the last download.
    assert set(events(assembly)) == set(before)


@pytest.mark.clause("SZ-12.4")
def test_invitation_nobody_could_receive_is_overdue_and_goes_out_as_soon_as_somebody_can(
    site, moved_clock
):
    assembly = Assembly(site, moved_clock)

    def grants(request, add):
        account = request.site.accounts.find(request.vault, "residents")
        (held,) = account.grants if not add else ((Role.RESIDENTS_COMMITTEE, scope[0]),)
        change = accounts.grant if add else accounts.revoke
        change(account, *held)
        return held[1]

    scope = []
    scope.append(site.run(lambda request: grants(request, add=False)))
    assembly.notice()
    assembly.until("2026-06-16T00:00")
    assert assembly.look(lambda meeting: meeting.invited_at) is None
    assert [line for line in lines(assembly) if "SZ-12.4" in line and "已逾期" in line]
    site.run(lambda request: grants(request, add=True))
    moved_clock.forward(minutes=2)
    site.drain()
    assert assembly.look(lambda meeting: len(meeting.invitation.accounts)) == 1
    late = next(line for line in lines(assembly) if "SZ-12.4" in line)
    # Done, but after its day: the page does not forget that.
    assert "已逾期" in late
    assert "2026年6月16日" in late


@pytest.mark.clause("SZ-12.6")
def test_meeting_that_was_changed_and_entered_again_is_not_called_late(site, moved_clock):
    assembly = Assembly(site, moved_clock).notice()
    moved_clock.to(at("2026-06-10T09:00"))
    assembly.step("amend")

    def move(request):
        meeting = meeting_of(request)
        meeting.voting_opens_at = at("2026-06-26T09:00")
        meeting.voting_closes_at = at("2026-07-10T18:00")

    site.run(move)
    assembly.step("submit")
    assert not any("已逾期" in line for line in lines(assembly))


@pytest.mark.clause("SZ-12.3", "SZ-14.1")
def test_page_marks_what_was_missed_until_the_meeting_is_set_anew(site, moved_clock):
    assembly = Assembly(site, moved_clock)
    assembly.step("submit", "approve")
    moved_clock.to(at("2026-06-04T23:59"))
    assert not any("已逾期" in line for line in lines(assembly))
    moved_clock.to(at("2026-06-05T00:00"))
    missed = [line for line in lines(assembly) if "已逾期" in line]
    assert len(missed) == 1
    assert "SZ-12.3" in missed[0]
    assert "已逾期" in site.logged_in("convenor").get("/cockpit").text
