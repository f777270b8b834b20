"""Co-owners choose one of them; an organisation lets somebody vote for all its units."""

import pytest

from content_types.meeting import eligibility
from tests.data.make_register import credit_code
from tests.functional.acting_world import (
    audited,
    document_of,
    fresh_account,
    grants_of,
    introduce,
    organisation,
    told,
)
from tests.functional.assembly import OPENS, Assembly, meeting_of
from tests.functional.test_proxy import step
from tests.functional.voting_steps import vote
from tests.functional.world import photo

REGISTER = "/communities/haitang/owners/"
COMPANY, CODE = "海棠置业有限公司", credit_code(7)


def reasons(voting, name):
    """Return reason and clause for every unit a person has to do with."""

    def judge(request):
        meeting, account = meeting_of(request), request.site.accounts[voting.ids[name]]
        return {
            code: (claim.answer.reason, claim.answer.clause)
            for claim in eligibility.claims(meeting, request, account)
            for code in claim.right.units
        }

    return voting.site.run(judge)


def propose(voting, name, chosen, paper=None):
    """Fill the form of a co-owner and return the answer."""
    browser = voting.site.logged_in(name)
    page = browser.get(REGISTER + "choose-representative/b1/1-102")
    form = page.forms["form"]
    options = {text: value for value, _, text in form["person"].options}
    form["person"] = next(v for text, v in options.items() if (text == f"业主{name}") == chosen)
    if paper:
        form["upload"] = ("paper.jpg", paper)
    return form.submit("save", status="*")


def agree(browser, path):
    token = browser.get(path).html.find("input", attrs={"name": "csrf_token"})["value"]
    return browser.post(path + "agree", {"csrf_token": token}, status=303)


@pytest.mark.clause("SZ-21.1", "SZ-21.2")
def test_representative_stands_once_all_agree_and_until_the_choice_is_used(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).notice()
    introduce(voting, "bo", "chen")
    page = propose(voting, "bo", chosen=False).follow()
    path = page.request.path
    assert "等待全体同意" in page.text
    assert told(voting, voting.ids["chen"])[-1] == "acting.choice_proposed"
    assert propose(voting, "chen", chosen=True).status_int == 409
    voting.until(OPENS)
    assert reasons(voting, "bo") == {"b1/1-102": ("", "")}
    moved_clock.forward(minutes=1)
    chen = open_site.logged_in("chen")
    assert "全体共有人同意后" in chen.get(path).text
    agree(chen, path)
    assert "已推选" in chen.get(path).text
    assert reasons(voting, "bo") == {"b1/1-102": ("representative_chosen", "SZ-21.1")}
    refused = open_site.logged_in("bo").get(voting.path + "vote", status=422)
    assert "SZ-21.1" in refused.text
    moved_clock.forward(minutes=1)
    step(open_site.logged_in("bo"), path, "withdraw")
    assert reasons(voting, "bo") == {"b1/1-102": ("", "")}
    moved_clock.forward(minutes=1)
    again = propose(voting, "bo", chosen=False).follow().request.path
    agree(open_site.logged_in("chen"), again)
    moved_clock.forward(seconds=1)
    vote(open_site.logged_in("chen"), voting.path, m1="for")
    refused = step(open_site.logged_in("bo"), again, "withdraw", status=422)
    assert "推选不能再更改" in refused.text
    open_site.logged_in("dora").get(again, status=403)
    open_site.logged_in("dora").get(REGISTER + "choose-representative/b1/1-102", status=404)


@pytest.mark.clause("SZ-21.1")
def test_paper_of_all_co_owners_is_checked_by_somebody_else(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock).open()
    introduce(voting, "bo", "chen")
    path = propose(voting, "bo", chosen=True, paper=photo()).follow().request.path
    street = open_site.logged_in("street")
    street.get(path + "picture/paper")
    open_site.drain()
    assert audited(voting, "pictures.view")
    moved_clock.forward(seconds=1)
    step(open_site.logged_in("bo"), path, "confirm_paper", status=403)
    step(street, path, "confirm_paper")
    assert reasons(voting, "chen") == {"b1/1-102": ("representative_chosen", "SZ-21.1")}
    assert reasons(voting, "bo") == {"b1/1-102": ("", "")}


@pytest.mark.clause("BJ-OQ5")
def test_where_the_first_vote_decides_nobody_is_chosen(open_site, moved_clock):
    motions = ({"title": "选聘物业", "matter": "service_company"},)
    voting = Assembly(open_site, moved_clock, "beijing-2019", motions).open()
    introduce(voting, "bo", "chen")
    refused = propose(voting, "bo", chosen=False)
    assert refused.status_int == 422
    assert "谁先投票以谁为准" in refused.text


@pytest.mark.clause("SZ-31")
def test_agent_of_the_developer_votes_for_all_unsold_units_until_the_authority_ends(
    open_site, moved_clock
):
    voting = Assembly(open_site, moved_clock)
    for room in ("301", "302"):
        organisation(voting, room, COMPANY, CODE)
    fresh_account(voting, "clerk", "13800000077")
    clerk = open_site.logged_in("clerk")
    form = clerk.get("/communities/haitang/agent").forms["form"]
    form["organisation"], form["organisation_code"] = COMPANY, CODE
    form["name"], form["id_kind"], form["id_number"] = "李职员", "passport", document_of("clerk")
    for field in form.fields["upload"]:
        field.value = ("paper.jpg", photo())
    form["organisation_code"] = credit_code(8)
    assert "名称和代码都一致" in form.submit("save", status=422).text
    form["organisation_code"] = CODE
    for field in form.fields["upload"]:
        field.value = ("paper.jpg", photo())
    path = form.submit("save", status=303).follow().request.path
    convenor = open_site.logged_in("convenor")
    assert "1栋1单元301" in convenor.get(path).text
    assert document_of("clerk") not in convenor.get(path).text
    convenor.get(path + "picture/authorisation_letter")
    step(clerk, path, "approve", status=403)
    step(convenor, path, "approve")
    assert "agent.approved" in told(voting, voting.ids["clerk"])
    moved_clock.forward(minutes=1)
    voting.open()
    assert reasons(voting, "clerk") == {"b1/1-301": ("", ""), "b1/1-302": ("", "")}
    voucher = vote(open_site.logged_in("clerk"), voting.path, m1="for")
    assert "1栋1单元301、1栋1单元302" in voucher.text
    moved_clock.forward(minutes=1)
    assert reasons(voting, "clerk")["b1/1-301"] == ("already_voted", "SZ-16")
    step(open_site.logged_in("clerk"), path, "end")
    assert not grants_of(voting, "clerk")
    assert reasons(voting, "clerk")["b1/1-301"] == ("agent_ended", "SZ-31")
