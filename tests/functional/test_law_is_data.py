"""What one place orders is not done in another: causes, lists, hours and clauses are data."""

import pytest

from content_types.owner_register import correction, on_site
from portal.errors import PortalError
from tests.functional.assembly import CLOSES, OPENS, Assembly, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.functional.new_city import CITY, put_profile
from tests.functional.test_extension import page_form, step

MOTIONS = ({"title": "续聘物业", "matter": "service_company"},)
# The notice is published on Wednesday, 6 May 2026; ten full days later it is over.
NOTICE_ENDS = "2026年5月17日"


def inbox(voting, login):
    """Return the messages of an account by their template: subject and text."""

    def look(request):
        account = request.site.accounts.find(request.vault, login)
        return {one.template_id: one.body for one in request.site.messages.inbox(account.id)}

    voting.site.drain()
    return voting.site.run(look)


@pytest.mark.clause("C-19", "SZ-14.1")
def test_names_and_numbers_of_owners_are_published_only_where_the_law_orders_it(site, moved_clock):
    voting = Assembly(site, moved_clock, "beijing-2019", MOTIONS).notice()
    assert voting.look(lambda m: m.binding_list) is None
    site.logged_in("convenor").get(voting.path + "binding-list", status=404)
    assert "binding-list" not in site.logged_in("convenor").get(voting.path).text


@pytest.mark.clause("C-19", "C-20", "C-12")
def test_message_names_a_day_only_where_the_law_sets_one(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).notice()
    told = inbox(voting, "anna")
    assert "meeting.notice_posted" not in told
    assert "表决开始前" in told["meeting.notice_posted_undated"]
    assert "-" not in inbox(voting, "street")["review.submitted_undated"]


@pytest.mark.clause("SZ-29", "SZ-12.2", "SZ-25.5")
def test_message_names_the_last_day_of_notice_and_of_guidance(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).notice()
    assert NOTICE_ENDS in inbox(voting, "anna")["meeting.notice_posted"]
    assert "2026年5月11日" in inbox(voting, "street")["review.submitted"]
    voting.until(OPENS)
    voting.close()
    voting.step("submit_result")
    # Three days from Wednesday, 1 July, end on a Saturday; not the five days of the entry.
    assert "2026年7月6日" in inbox(voting, "street")["result.submitted"]


@pytest.mark.clause("BJ-G2.3", "SZ-7.2")
@pytest.mark.parametrize(
    ("profile", "clause", "other"),
    [("beijing-2019", "BJ-G2.3", "SZ-"), ("shenzhen-draft-2019", "SZ-7.2", "BJ-")],
)
def test_refusal_cites_the_source_of_its_place(site, moved_clock, profile, clause, other):
    voting = Assembly(site, moved_clock, profile, MOTIONS)
    site.run(lambda request: setattr(meeting_of(request).community, "confirmation", None))
    text = step(site.logged_in("convenor"), voting.path, "submit", status=422).text
    assert clause in text
    alert = text[text.index(clause) - 300 : text.index(clause) + 20]
    assert other not in alert


@pytest.mark.clause("BJ-O5.3", "BJ-GQ2")
def test_owner_reads_that_a_suspended_vote_takes_no_ballot_and_why(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    voting.step("suspend")
    anna = open_site.logged_in("anna")
    page = anna.get(voting.path).click("我能投票吗")
    assert "suspended" in page.text
    assert "BJ-GQ2" in page.text


@pytest.fixture
def linjiang(tmp_path, moved_clock):
    put_profile(
        tmp_path,
        documents={"binding_list": {"value": ["room", "binding_state"], "clause": "LJ-10"}},
        lead_times={"binding_list_days": {"value": 5, "clause": "LJ-10"}},
        extension={
            "clause": "LJ-12",
            "value": {
                "allowed": True,
                "approval": False,
                "causes": ["power_cut"],
                "days": None,
                "max_count": 2,
            },
        },
        result_times={"publish_hour": {"value": 9, "clause": "LJ-15"}},
        committee_convenors={"value": ["committee", "management_committee"], "clause": "LJ-2"},
        texts={"extension.cause.power_cut": {"zh": "停电", "en": "Power cut"}},
    )
    site = SiteUnderTest(tmp_path)
    motions = ({"title": "修改管理规约", "matter": "community_rules", "item": "covenant"},)
    yield Assembly(site, moved_clock, CITY, motions)
    site.close()


@pytest.mark.clause("C-9", "C-19", "C-20", "SZ-35")
def test_new_city_names_causes_columns_and_the_hour_of_publication_by_itself(linjiang):
    site = linjiang.site
    linjiang.notice()
    page = site.browser().get(linjiang.path + "binding-list")
    head = [cell.text for cell in page.html.find("table").find_all("th")]
    assert head == ["房号", "绑定状态"]
    assert "LJ-10" in page.text
    assert "138****" not in page.text
    linjiang.until(OPENS)
    form = page_form(site.logged_in("convenor"), linjiang.path + "extend")
    assert [(value, words) for value, _, words in form["cause"].options if value] == [
        ("power_cut", "停电")
    ]
    form["cause"].force_value("accident")
    form["text"], form["new_end"] = "停电半天。", "2026-07-05T18:00"
    assert form.submit("save", status="*").status_int == 422
    linjiang.until(CLOSES)
    for moment, state in (("2026-07-03T08:59", "counted"), ("2026-07-03T09:00", "published")):
        linjiang.until(moment)
        assert linjiang.look(lambda m: m.workflow_state) == state


@pytest.mark.clause("SZ-32", "C-15")
def test_new_city_says_which_bodies_need_a_committee(linjiang):
    def without_committee(request):
        meeting_of(request).community.has_committee = False
        meeting_of(request).convenor_kind = "management_committee"

    linjiang.site.run(without_committee)
    convenor = linjiang.site.logged_in("convenor")
    assert "LJ-2" in step(convenor, linjiang.path, "submit", status=422).text


@pytest.mark.clause("BJ-G8", "BJ-G7.3.7", "C-18", "SZ-8")
def test_no_page_of_a_vote_in_beijing_cites_shenzhen(open_site, moved_clock):
    motions = (
        *MOTIONS,
        {
            "title": "选举",
            "matter": "committee_election",
            "mode": "competitive",
            "options": ("张三", "李四", "王五"),
            "max_marks": 2,
            "seats": 2,
        },
    )
    voting = Assembly(open_site, moved_clock, "beijing-2019", motions).open()
    convenor, anna = open_site.logged_in("convenor"), open_site.logged_in("anna")

    def cited(page):
        return {one.get_text() for one in page.html.main.select(".clause")}

    community = voting.paths["community"]
    assert "BJ-G2.3" in cited(convenor.get(f"{community}confirm"))
    assert cited(convenor.get(voting.path + "turnout")) == {"BJ-G8"}
    assert "C-18" in cited(anna.get(voting.path + "vote"))
    hidden = anna.get(voting.path + "log.json", status=403)
    assert "BJ-G8" in hidden.text
    voting.cast("anna", m1=("for",), m2=("o1",))
    voting.close()
    convenor, anna = open_site.logged_in("convenor"), open_site.logged_in("anna")
    seen = [
        *(convenor.get(voting.path + name) for name in ("", "turnout", "result")),
        *(convenor.get(community + name) for name in ("confirm", "meetings")),
        convenor.get("/cockpit"),
        anna.get(voting.path + "voucher/r00001"),
    ]
    assert "BJ-G7.3.7" in cited(seen[2])
    assert {clause for page in seen for clause in cited(page) if clause.startswith("SZ-")} == set()
    assert "《深圳" not in seen[-2].text


# The pages of a community and of its open vote that cite a clause.
COMMUNITY = ("", "verify-on-site", "on-site-checks", "confirm", "owners/", "agent", "service/")
VOTE = ("", "guide-posting", "signed-sheets", "monitor", "turnout", "can-i-vote", "paper/", "vote")
FOREIGN = {
    "shenzhen-draft-2019": ("BJ-",),
    "beijing-2019": ("SZ-",),
    "generic": ("SZ-", "BJ-"),
}


@pytest.mark.clause("C-16", "C-24", "SZ-9.3", "BJ-G4.1", "SZ-25.4")
@pytest.mark.parametrize("profile", FOREIGN)
def test_no_page_and_no_step_of_a_community_cites_another_city(open_site, moved_clock, profile):
    voting = Assembly(open_site, moved_clock, profile, MOTIONS).open()
    community = voting.paths["community"]
    seen: dict[str, set[str]] = {}
    for login in ("convenor", "anna", "street"):
        browser = open_site.logged_in(login)
        for path in (*(community + one for one in COMMUNITY), *(voting.path + one for one in VOTE)):
            page = browser.get(path, status="*")
            if page.status_int != 404:
                chips = page.html.select(".clause")
                seen.setdefault(path, set()).update(one.get_text() for one in chips)
        # Every step is refused to somebody or in this state; the refusal cites the clause.
        for name in ("submit", "approve", "publish_notice", "close_voting", "publish_result"):
            page = step(browser, voting.path, name, status="*")
            seen.setdefault(name, set()).update(
                one.get_text() for one in page.html.select(".clause")
            )
    cited = {clause for clauses in seen.values() for clause in clauses}
    assert len(cited) > 4
    assert [(path, sorted(found)) for path, found in seen.items() if foreign(found, profile)] == []


def foreign(clauses, profile):
    return {one for one in clauses if one.startswith(FOREIGN[profile])}


@pytest.mark.clause("SZ-7.3", "BJ-G4.1", "BJ-O4.1")
@pytest.mark.parametrize("profile", FOREIGN)
def test_check_on_site_and_correction_are_refused_by_the_clause_of_the_place(
    open_site, moved_clock, profile
):
    Assembly(open_site, moved_clock, profile, MOTIONS)

    def refusals(request):
        found, community = set(), meeting_of(request).community
        values = {"name": "王五", "id_kind": "passport", "id_number": "E12345679"}
        values |= {"phone": "13900000099", "title_document": "deed"}
        for act in (
            lambda: on_site.record_check(community, request, values),
            lambda: correction.apply_for(
                community["owners"], None, [], request, reason="", evidence=[]
            ),
        ):
            try:
                act()
            except PortalError as error:
                found.add(error.clause)
        return found

    found = open_site.run(refusals)
    assert found
    assert "" not in found
    assert foreign(found, profile) == set()
