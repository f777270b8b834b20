"""Nothing runs in Beijing before the street office has reviewed it."""

import pytest

from portal import accounts
from portal.security import Role
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import OPENS, Assembly, meeting_of

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)


@pytest.mark.clause("BJ-GQ8.2", "BJ-G7.5", "BJ-G7.4", "C-12")
def test_vote_without_review_stays_shut_and_unseen_however_long_it_waits(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS)
    assembly.step("submit")
    site.drain()
    assembly.until(OPENS)
    assert assembly.look(lambda meeting: meeting.workflow_state) == "submitted"
    site.logged_in("anna").get(assembly.path, status=403)
    convenor = site.logged_in("convenor")
    convenor.get(assembly.path + "edit", status=403)
    token = convenor.get(assembly.path).html.find("input", {"name": "csrf_token"})["value"]
    step = convenor.post(
        assembly.path + "step/publish_notice", {"csrf_token": token}, expect_errors=True
    )
    assert step.status_int >= 400


@pytest.mark.clause("C-1", "C-15", "BJ-GQ10", "BJ-GQ8.1", "BJ-GQ7", "BJ-G7.3.3")
def test_forms_in_beijing_offer_no_paper_four_bodies_and_seven_matters(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS)
    convenor = site.logged_in("convenor")
    form = convenor.get(assembly.path + "edit").forms["form"]
    assert [value for value, *_ in form["method"].options] == ["electronic"]
    assert {value for value, *_ in form["convenor_kind"].options} == {
        *("preparatory_group", "committee", "service_company", "street_office")
    }
    motion = convenor.get(assembly.path + "add/motion").forms["form"]
    assert len(motion["matter"].options) == 7
    motion["matter"].force_value("换个更好的物业")
    motion["title"], motion["description"], motion["mode"] = "议题", "说明", "single"
    motion.submit("save", status=422)


@pytest.mark.clause("BJ-G7.5")
def test_approved_vote_appears_to_owners_at_its_start_and_its_notices_before(site, moved_clock):
    assembly = Assembly(site, moved_clock, "beijing-2019", MOTIONS).notice()
    site.drain()
    assert assembly.look(lambda meeting: meeting.workflow_state) == "noticed"
    title = assembly.look(lambda meeting: meeting.title)
    motion = assembly.path + "2026-001"
    anna = site.logged_in("anna")
    for path in (assembly.path, motion):
        anna.get(path, status=403)
    for path in ("/votes", "/me", "/communities/haitang/", "/communities/haitang/meetings/"):
        assert title not in anna.get(path).text
    Client(site, "anna").get(MEETING, status=404)
    anna.get(assembly.path + "can-i-vote", status=404)
    site.browser().get(assembly.path, status=303)
    # The message leads to the notice, which is public, and this leads nowhere else.
    links = site.run(lambda r: [one.link for one in r.site.messages.inbox(assembly.ids["anna"])])
    (link,) = {link for link in links if "/announcements/" in link}
    assert not any(link.startswith(assembly.path) for link in links)
    assert assembly.path not in anna.get(link).text

    def watch(request):
        account = request.site.accounts[assembly.ids["eve"]]
        accounts.grant(account, Role.SCRUTINEER, meeting_of(request).community.scope_id)

    site.run(watch)
    for login in ("convenor", "street", "eve"):
        assert title in site.logged_in(login).get(assembly.path).text
    assembly.until(OPENS)
    assert title in site.logged_in("anna").get(assembly.path).text
    assert MOTIONS[0]["title"] in site.logged_in("anna").get(motion).text
    assert title in site.browser().get(assembly.path).text
