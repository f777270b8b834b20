"""A unit is sold: whose binding ends and when, and who votes, by the law of the place (C-8)."""

from __future__ import annotations

import pytest

from content_types.meeting.linking import Agreement
from content_types.meeting.second_reading import read
from portal import clock, content, workflow
from portal.security import SITE_SCOPE, Role
from tests.functional.assembly import Assembly, at, meeting_of
from tests.functional.register.steps import decide, upload
from tests.functional.voting_steps import vote

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)
BEIJING, SHENZHEN = "beijing-2019", "shenzhen-draft-2019"
# What the register of titles sends: the unit, its use and area, and its new owner.
HEAD = "楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额,登记日期\n"
AREAS = {"101": "80.00", "401": "60.00"}


def sold(voting, *rooms):
    """Let the street office import what the register of titles sends."""
    feed = HEAD + "\n".join(
        f"1栋,1单元,{room},住宅,{AREAS[room]},方某,护照,E12345678,100%,2026-05-05" for room in rooms
    )
    officer = voting.site.logged_in("street")
    page = upload(officer, voting.paths["community"].rstrip("/"), "f.csv", feed.encode()).follow()
    decide(page, "good")
    voting.site.drain()


def buyer_verified(voting, room="101"):
    """Give the buyer an account that has proved who it is, but has bound nothing."""
    voting.site.make_account("buyer", kind="owner")

    def prove(request):
        account = request.site.accounts.find(request.vault, "buyer")
        person = request.vault.token("E12345678", "person")
        request.site.accounts.claim_person(account, person)
        account.verified_at = clock.now()

    voting.site.run(prove)


def units_of(browser):
    return browser.get("/me").html.find(id="me-units").find_parent("section").get_text()


def answers(browser, path):
    """Return what the page says of each unit, by its title."""
    sections = browser.get(path + "can-i-vote").html.select("main section.panel")
    texts = [one.get_text(" ", strip=True) for one in sections]
    return {
        one.find("h2").get_text(" ", strip=True): text
        for one, text in zip(sections, texts, strict=True)
    }


def unbound(voting):
    """Return the lines of the audit log about bindings that a sale ended."""
    page = voting.site.logged_in("auditor").get("/audit", {"action": "unit.unbind"})
    return [
        row.get_text(" ") for row in page.html.select("tbody tr") if "title_changed" in row.text
    ]


@pytest.mark.clause("SZ-13", "BJ-OQ11.2", "BJ-OQ12", "C-8")
@pytest.mark.parametrize("profile", [SHENZHEN, BEIJING, "generic"])
def test_binding_of_a_seller_ends_at_the_launch_or_with_the_register_as_the_place_says(
    open_site, moved_clock, profile
):
    voting = Assembly(open_site, moved_clock, profile, MOTIONS)
    open_site.make_account("auditor", (Role.AUDIT_ADMINISTRATOR, SITE_SCOPE))
    buyer_verified(voting)
    anna, buyer = open_site.logged_in("anna"), open_site.logged_in("buyer")
    assert "1单元101" in units_of(anna)
    sold(voting, "101")
    # She holds it no longer, so she sees it nowhere; her account says when the binding ends.
    assert "1单元101" not in units_of(anna)
    at_launch = profile == SHENZHEN
    assert len(unbound(voting)) == (0 if at_launch else 1)
    if at_launch:
        voting.step("submit")
        open_site.drain()
    [line] = unbound(voting)
    assert "1-101" in line
    told = anna.get("/messages").text
    assert told.count("产权登记已变更") == 1
    assert "1单元101" in told
    assert "房屋登记在您名下：1栋1单元101" in buyer.get("/messages").text
    assert open_site.run(lambda r: r.site.accounts[voting.ids["anna"]].grants) == ()
    if not at_launch:
        voting.step("submit")
        open_site.drain()
        assert len(unbound(voting)) == 1


@pytest.mark.clause("C-8", "BJ-OQ11.1", "BJ-OQ11.2", "SZ-18")
@pytest.mark.parametrize(
    ("profile", "clause", "free"),
    [(BEIJING, "BJ-OQ11.1", "现在可以投票"), (SHENZHEN, "SZ-16", "SZ-18")],
)
def test_title_that_changes_while_voting_moves_the_right_unless_it_was_used(
    open_site, moved_clock, profile, clause, free
):
    voting = Assembly(open_site, moved_clock, profile, MOTIONS).open()
    vote(open_site.logged_in("anna"), voting.path, m1="for")
    moved_clock.forward(days=1)
    sold(voting, "101", "401")
    buyer_verified(voting)

    def bind(request):
        account = request.site.accounts.find(request.vault, "buyer")
        for room in ("101", "401"):
            voting.unit(request, room).bind(account.id, account.subject_token)

    open_site.run(bind)
    moved_clock.forward(minutes=1)
    buyer = answers(open_site.logged_in("buyer"), voting.path)
    bought = {room: text for room in AREAS for unit, text in buyer.items() if room in unit}
    assert "previous_owner_voted" in bought["101"]
    assert clause in bought["101"]
    assert free in bought["401"]
    # Who sold without having voted votes no more; who had voted is told that it stands.
    eve, anna = open_site.logged_in("eve"), open_site.logged_in("anna")
    [text] = answers(eve, voting.path).values()
    assert "title_changed" in text
    refused = eve.get(voting.path + "vote", status="*")
    assert refused.status_int in (403, 422)
    assert "vote" not in refused.forms
    [text] = answers(anna, voting.path).values()
    assert "already_voted" in text
    assert "1单元101" in anna.get(voting.path + "can-i-vote").click("查看凭证").text
    # The ballot of the seller stands, and nothing is counted twice.
    voting.close()
    assert voting.look(lambda m: m.result.record["participation"]) == [1, 8000]


def next_meeting(voting):
    """Call a second meeting on the notices the place wants; return its path."""

    def call(request):
        place = meeting_of(request).__parent__
        meeting = content.create(
            "meeting",
            request,
            title="第二次会议",
            place="会所",
            voting_opens_at=at("2026-09-20T09:00"),
            voting_closes_at=at("2026-10-20T18:00"),
        )
        content.add(place, meeting, request, name="2026-002")
        content.add(meeting, content.create("motion", request, **MOTIONS[0]), request)
        notices = []
        for kind in ("voting_notice", "voting_announcement"):
            notice = content.create("announcement", request, title=kind, kind=kind, body="正文")
            content.add(meeting.community["announcements"], notice, request)
            for name in ("submit", "approve", "publish"):
                workflow.transition(notice, name, request, system=True)
            notices.append(content.oid(notice))
        meeting.linked_oids = tuple(notices)
        meeting.agreement = Agreement("convenor", clock.now())
        read(meeting, request)
        for name in ("submit", "approve", "publish_notice"):
            workflow.transition(meeting, name, request, "ok", system=True)

    voting.site.run(call)
    return voting.path.replace("2026-001", "2026-002")


@pytest.mark.clause("BJ-OQ12")
def test_owner_votes_again_without_proving_anything_until_the_house_is_sold(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock, BEIJING, MOTIONS).open()
    vote(open_site.logged_in("anna"), voting.path, m1="for")
    voting.close()
    path = next_meeting(voting)
    moved_clock.to(at("2026-09-20T09:00"))
    open_site.drain()
    anna = open_site.logged_in("anna")
    [text] = answers(anna, path).values()
    assert "现在可以投票" in text
    assert "电子投票凭证" in vote(anna, path, m1="against").text
    # Dora's rooms stay hers; 401 is sold before eve has voted this time.
    sold(voting, "401")
    moved_clock.forward(minutes=1)
    [text] = answers(open_site.logged_in("eve"), path).values()
    assert "title_changed" in text
    assert "BJ-OQ11.2" in text
    # The buyer is nobody's successor: he proves who he is and binds like everybody.
    buyer_verified(voting)
    buyer = open_site.logged_in("buyer")
    [text] = answers(buyer, path).values()
    assert "not_bound" in text
    assert "vote" not in buyer.get(path + "vote", status=403).forms
