"""What somebody tries who means ill: forged headers, steps out of turn, history made to vanish."""

from __future__ import annotations

import pytest
from webtest import Upload

from content_types.meeting.second_reading import read
from portal import accounts, content
from portal.errors import PortalError
from portal.ratelimit import LIMITS
from portal.security import Role
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.world import photo

MEETING = Assembly.path


@pytest.fixture
def assembly(open_site, moved_clock):
    return Assembly(open_site, moved_clock)


def post(browser, path, status, **fields):
    """Post to an address as a page of the site would."""
    page = browser.get("/me")
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    return browser.post(path, {"csrf_token": token, **fields}, status=status)


def test_forged_forwarding_header_opens_no_new_allowance_of_log_ins(site):
    browser = site.browser()
    form = browser.get("/login").forms["form"]
    form["login"], form["password"] = "nobody", "wrong wrong wrong"
    allowed = int(LIMITS["login"].partition("/")[0])
    statuses = [
        form.submit(
            "save",
            extra_environ={"REMOTE_ADDR": "203.0.113.7"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            expect_errors=True,
        ).status_int
        for number in range(allowed + 1)
    ]
    assert statuses == [401] * allowed + [429]


@pytest.mark.clause("SZ-33")
def test_account_that_convenes_reviews_neither_its_entry_nor_its_result(assembly):
    site = assembly.site

    def appoint(request):
        account = request.site.accounts.find(request.vault, "convenor")
        street = meeting_of(request).community.office_of_kind("street")
        accounts.grant(account, Role.STREET_OFFICER, street.scope_id)

    site.run(appoint)
    both = site.logged_in("convenor")
    site.run(lambda request: read(meeting_of(request), request))
    post(both, f"{MEETING}step/submit", 303)
    refused = post(both, f"{MEETING}step/approve", 403)
    assert "SZ-33" in refused.text
    post(both, f"{MEETING}step/return", 403, comment="再改")
    post(site.logged_in("street"), f"{MEETING}step/approve", 303)
    assembly.look(lambda meeting: setattr(meeting, "workflow_state", "result_review"))
    post(both, f"{MEETING}step/review_result", 403)


@pytest.mark.clause("SZ-12.6")
def test_meeting_that_was_submitted_once_is_never_removed(assembly):
    convenor = assembly.site.logged_in("convenor")
    assembly.site.run(lambda request: read(meeting_of(request), request))
    post(convenor, f"{MEETING}step/submit", 303)
    post(assembly.site.logged_in("street"), f"{MEETING}step/return", 303, comment="请补充")
    refused = post(convenor, f"{MEETING}delete", 409)
    assert "SZ-12.6" in refused.text
    assert assembly.look(lambda meeting: len(meeting.versions)) == 1


def test_draft_nobody_submitted_is_removed_with_its_motions(assembly):
    convenor = assembly.site.logged_in("convenor")
    post(convenor, f"{MEETING}delete", 303)
    convenor.get(MEETING, status=404)


def test_administrator_cannot_remove_the_site_a_section_or_a_community(assembly):
    assembly.site.make_account("root", (Role.ADMINISTRATOR, "site"))
    browser = assembly.site.logged_in("root")
    for path in ("/", "/communities/", "/communities/haitang/", "/communities/haitang/archives/"):
        post(browser, f"{path}delete", 403)
    assert assembly.look(lambda meeting: meeting.title)


@pytest.mark.clause("SZ-15.1")
def test_owner_objects_only_while_notice_or_result_is_up(assembly):
    owner = assembly.site.logged_in("anna")
    for state in ("draft", "submitted", "approved", "voting", "counting", "resolved", "archived"):
        assembly.look(lambda meeting, s=state: setattr(meeting, "workflow_state", s))
        post(owner, f"{MEETING}add/objection", 403, subject="notice", text="先占个位")
    assert assembly.look(lambda meeting: meeting.objections()) == []


@pytest.mark.clause("EV-6.4.1")
def test_meeting_whose_time_has_begun_is_not_submitted_where_the_law_names_no_lead_time(
    open_site, moved_clock
):
    assembly = Assembly(open_site, moved_clock, profile="generic")
    moved_clock.to(assembly.look(lambda meeting: meeting.voting_opens_at))
    with pytest.raises(PortalError, match=r"meeting\.window_past"):
        assembly.step("submit")
    assert assembly.look(lambda meeting: meeting.workflow_state) == "draft"


def test_approved_meeting_whose_time_passed_unpublished_can_be_set_anew(assembly, moved_clock):
    assembly.step("submit", "approve")
    moved_clock.to(assembly.look(lambda meeting: meeting.voting_opens_at))
    post(assembly.site.logged_in("convenor"), f"{MEETING}step/amend", 303, comment="改期")
    assert assembly.look(lambda meeting: meeting.workflow_state) == "draft"


def test_former_convenor_no_longer_sees_the_drafts_he_began(assembly):
    site = assembly.site

    def end(request):
        account = request.site.accounts.find(request.vault, "convenor")
        meeting_of(request).creator = account.id
        accounts.revoke(account, Role.CONVENOR, meeting_of(request).community.scope_id)

    site.run(end)
    site.logged_in("convenor").get(MEETING, status=403)


def test_history_is_closed_to_who_may_not_see_the_object(assembly):
    def ask(request):
        place = meeting_of(request).community["convenors"]
        item = content.create("convenor_request", request, body_name="业委会", grounds="换届")
        content.add(place, item, request, name="2026-001")

    site = assembly.site
    site.run(ask)
    site.make_account("root", (Role.ADMINISTRATOR, "site"))
    convenor, root = site.logged_in("convenor"), site.logged_in("root")
    convenor.get("/communities/haitang/convenors/2026-001/history", status=403)
    root.get(f"{MEETING}history", status=403)
    convenor.get(f"{MEETING}history", status=200)


@pytest.mark.clause("SZ-29")
def test_evidence_of_a_posting_is_not_replaced_once_the_notice_is_up(assembly):
    convenor = assembly.site.logged_in("convenor")

    def write(request):
        item = content.create("announcement", request, title="公示", kind="public_notice", body="x")
        place = meeting_of(request).community["announcements"]
        content.add(place, item, request, name="2026-001")

    assembly.site.run(write)
    convenor.get("/communities/haitang/announcements/2026-001/posting", status=200)
    post(convenor, "/communities/haitang/announcements/2026-001/step/publish", 303)
    form = convenor.get("/communities/haitang/announcements/2026-001/posting").forms["form"]
    form["place"], form["posted_at"] = "南门", "2026-05-06T09:00"
    form["upload"] = Upload("posted.jpg", photo(), "image/jpeg")
    form.submit("save", status=303)
    refused = convenor.get("/communities/haitang/announcements/2026-001/posting", status=409)
    assert "SZ-29" in refused.text


def test_evidence_of_a_meetings_notice_is_not_changed_at_the_announcement(assembly):
    assembly.notice()
    address = assembly.site.run(
        lambda request: request.resource_path(
            content.by_oid(request.site, meeting_of(request).notice_oid)
        )
    )
    assembly.site.logged_in("convenor").get(f"{address}posting", status=409)


@pytest.mark.clause("EV-5.4.2")
def test_neighbour_sees_neither_phone_nor_last_digits_of_a_document(assembly):
    path = "/communities/haitang/buildings/b1/1-102/"
    stranger = assembly.site.logged_in("anna").get(path).text
    assert "138****0000" not in stranger
    assert "id***" in stranger
    assert "138****0000" in assembly.site.logged_in("bo").get(path).text
    assert "138****0000" in assembly.site.logged_in("convenor").get(path).text


def test_administrator_gets_no_link_into_the_account_of_an_owner(assembly):
    site = assembly.site

    def appoint(request):
        account = request.site.accounts.find(request.vault, "anna")
        accounts.grant(account, Role.CONVENOR, meeting_of(request).community.scope_id)
        return account.id

    owner = site.run(appoint)
    site.make_account("root", (Role.ADMINISTRATOR, "site"))
    browser = site.logged_in("root")
    assert 'value="link"' not in browser.get(f"/accounts/{owner}").text
    post(browser, f"/accounts/{owner}", 404, act="link")


def test_set_up_link_names_the_configured_host_whatever_the_request_says(assembly):
    assembly.site.make_account("root", (Role.ADMINISTRATOR, "site"))
    staff = assembly.site.make_account("clerk", (Role.STREET_OFFICER, "site"))
    browser = assembly.site.logged_in("root")
    token = browser.get("/me").html.find("input", {"name": "csrf_token"})["value"]
    page = browser.post(
        f"/accounts/{staff}",
        {"csrf_token": token, "act": "link"},
        headers={"Referer": "https://localhost/"},
        extra_environ={"wsgi.url_scheme": "https"},
    )
    assert page.html.select_one("#setup-link").get_text().startswith("http://localhost/setup/")
