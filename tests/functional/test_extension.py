"""Extension, suspension and relaunch by the law of each place."""

from datetime import timedelta

import pytest

from portal.evidence.verify import verify
from portal.rules.errors import RuleError
from tests.functional.assembly import CLOSES, MOTIONS, Assembly, at, meeting_of


def page_form(browser, url):
    return browser.get(url).forms["form"]


def ask(voting, until="2026-07-05T18:00", cause="technical_failure"):
    form = page_form(voting.site.logged_in("convenor"), voting.path + "extend")
    form["cause"] = cause
    form["text"] = "机房停电，投票中断半天。"
    form["new_end"] = until
    return form.submit("save", status="*")


def step(browser, url, name, comment="", status=303):
    page = browser.get(url)
    token = page.html.find("input", {"name": "csrf_token"})["value"]
    data = {"csrf_token": token, "comment": comment}
    return browser.post(f"{url}step/{name}", data, status=status)


def extension_path(voting):
    name = voting.look(lambda m: m.children_of("extension")[-1].__name__)
    return f"{voting.path}{name}/"


@pytest.fixture
def shenzhen(site, moved_clock):
    return Assembly(site, moved_clock).open()


@pytest.fixture
def beijing(site, moved_clock):
    return Assembly(site, moved_clock, "beijing-2019", MOTIONS[:1]).open()


@pytest.mark.clause("SZ-19.1")
def test_extension_in_shenzhen_needs_one_of_three_causes_and_a_text(shenzhen):
    browser = shenzhen.site.logged_in("convenor")
    form = page_form(browser, shenzhen.path + "extend")
    causes = [value for value, *_ in form["cause"].options if value]
    assert causes == ["force_majeure", "accident", "technical_failure"]
    form["cause"], form["new_end"] = "accident", "2026-07-05T18:00"
    form.submit("save", status=422)
    refused = ask(shenzhen, until=CLOSES)
    assert refused.status_int == 422
    assert [chip.text for chip in refused.html.select("form .clause")] == ["SZ-19.1"]
    assert shenzhen.look(lambda m: len(m.children_of("extension"))) == 0


@pytest.mark.clause("SZ-19.2", "SZ-5.3")
def test_end_moves_only_when_the_street_office_consents_and_all_owners_are_told(shenzhen):
    assert ask(shenzhen).status_int == 303
    assert shenzhen.look(lambda m: m.voting_closes_at) == at(CLOSES)
    path = extension_path(shenzhen)
    step(shenzhen.site.logged_in("convenor"), path, "grant", status=403)
    street = shenzhen.site.logged_in("street")
    assert "待街道审核" in street.get("/queue").text
    step(street, path, "grant", "同意")
    assert shenzhen.look(lambda m: m.voting_closes_at) == at("2026-07-05T18:00")
    shenzhen.site.drain()
    told = shenzhen.site.run(
        lambda request: [
            message.subject for message in request.site.messages.inbox(shenzhen.ids["anna"])
        ]
    )
    assert any("表决延期" in subject for subject in told)
    shenzhen.until(CLOSES)
    assert shenzhen.look(lambda m: m.workflow_state) == "voting"
    shenzhen.cast("anna", m1=("for",))
    shenzhen.until("2026-07-05T18:00")
    assert shenzhen.look(lambda m: m.workflow_state) == "counted"
    package = shenzhen.site.run(lambda request: packed(meeting_of(request), request))
    assert verify(package).ok


def packed(meeting, request):
    from content_types.meeting.packages import package

    return package(meeting, "P0", request.registry)


@pytest.mark.clause("SZ-19.2")
def test_without_a_decision_voting_closes_on_time_and_the_request_lapses(shenzhen):
    ask(shenzhen)
    shenzhen.close()
    assert shenzhen.look(lambda m: m.workflow_state) == "counted"
    assert shenzhen.look(lambda m: m.children_of("extension")[0].workflow_state) == "lapsed"


@pytest.mark.clause("SZ-19.2")
def test_refused_extension_needs_a_reason_and_moves_nothing(shenzhen):
    ask(shenzhen)
    street, path = shenzhen.site.logged_in("street"), extension_path(shenzhen)
    step(street, path, "refuse", status=422)
    step(street, path, "refuse", "停电只有十分钟")
    assert shenzhen.look(lambda m: m.voting_closes_at) == at(CLOSES)


@pytest.mark.clause("BJ-GQ3", "C-9")
def test_organiser_in_beijing_extends_once_by_fifteen_days_without_consent(beijing):
    convenor = beijing.site.logged_in("convenor")
    form = page_form(convenor, beijing.path + "extend")
    assert "new_end" not in form.fields
    form["text"] = "参与人数不足"
    form.submit("save", status=303)
    end = at(CLOSES) + timedelta(days=15)
    assert beijing.look(lambda m: m.voting_closes_at) == end
    form = page_form(convenor, beijing.path + "extend")
    form["text"] = "再延一次"
    form.submit("save", status=422)
    assert beijing.look(lambda m: m.voting_closes_at) == end
    beijing.clock.to(end)
    beijing.site.drain()
    beijing.site.logged_in("convenor").get(beijing.path + "extend", status=404)


@pytest.mark.clause("BJ-GQ2", "BJ-O5.3", "C-11")
def test_suspended_vote_takes_no_ballot_and_its_successor_none_of_the_old_ones(beijing):
    beijing.cast("anna", m1=("for",))
    convenor = beijing.site.logged_in("convenor")
    page = step(convenor, beijing.path, "amend", "改议题", status="*")
    assert page.status_int in (403, 409)
    step(convenor, beijing.path, "suspend", "议题文字有误")
    assert beijing.look(lambda m: m.workflow_state) == "suspended"
    with pytest.raises(RuleError, match=r"refusal\.suspended"):
        beijing.cast("bo", m1=("for",))
    page = convenor.get(beijing.path)
    form = next(f for f in page.forms.values() if f.action.endswith("/relaunch"))
    edit = form.submit(status=303)
    assert "/edit" in edit.location
    form.submit(status=409)

    def look(request):
        old = meeting_of(request)
        new = old.__parent__["2026-002"]
        titles = [[m.title for m in meeting.motions()] for meeting in (old, new)]
        return titles[0] == titles[1], new.ballot_box, len(old.ballot_box.sequence), old.results

    same, box, _, results = beijing.site.run(look)
    assert same
    assert box is None
    assert results == ()
    beijing.close()
    assert beijing.look(lambda m: (m.workflow_state, m.results)) == ("suspended", ())
    anybody = beijing.site.browser().get(beijing.path)
    assert "已挂起" in anybody.text


@pytest.mark.clause("SZ-12.6")
def test_vote_is_not_suspended_where_it_may_be_amended_nor_after_its_end(shenzhen):
    page = step(shenzhen.site.logged_in("convenor"), shenzhen.path, "suspend", "改", status="*")
    assert page.status_int >= 400
    assert shenzhen.look(lambda m: m.workflow_state) == "voting"


@pytest.mark.clause("BJ-GQ5", "C-10")
def test_no_step_of_any_person_ends_a_vote_early(site):
    from portal.workflow import definition

    steps = definition("meeting").transitions.values()
    out = {one.name: one.permission for one in steps if "voting" in one.sources}
    assert out == {"close_voting": "system", "suspend": "meeting:run"}
