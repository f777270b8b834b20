"""Owners vote on a tablet with a helper beside them who never sees a choice (BJ-G9)."""

import pytest

from content_types.kiosk import model
from tests.functional.acting_world import audited, document_of, introduce
from tests.functional.assembly import Assembly, meeting_of

MOTIONS = ({"title": "选聘物业", "matter": "service_company"},)


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock, "beijing-2019", MOTIONS).open()
    introduce(assembly, "anna", "bo", "dora")
    return assembly


def opened(voting):
    """Open a terminal and bind a tablet; return helper, tablet and the terminal's path."""
    helper = voting.site.logged_in("convenor")
    form = helper.get(voting.path + "kiosk").forms["form"]
    form["place"] = "南门"
    page = form.submit("save")
    code = page.html.find("p", class_="voucher__number").get_text()
    tablet = voting.site.browser()
    form = next(iter(tablet.get(voting.path + "terminal").forms.values()))
    form["code"] = code
    page_code = form.submit("act", status=303).follow()
    assert "请输入代码" in page_code.text
    again = voting.site.browser()
    form = next(iter(again.get(voting.path + "terminal").forms.values()))
    form["code"] = code
    assert "绑定码不对" in form.submit("act", status=422).text
    path = page.html.find("a", string="接下来核对业主")["href"]
    return helper, tablet, path


def admitted(helper, path, name, number=""):
    """Let the helper check a document; return the page."""
    form = helper.get(path).forms["form"]
    form["name"], form["id_kind"] = f"业主{name}", "passport"
    form["id_number"], form["seen"] = number or document_of(name), True
    return form.submit("save", status="*")


def started(tablet, voting, page):
    """Enter the code of the helper's page on the tablet; return the ballot."""
    code = page.html.find("p", class_="voucher__number").get_text()
    form = next(iter(tablet.get(voting.path + "terminal").forms.values()))
    form["code"] = code
    return form.submit("act", status=303).follow()


def press(page, act, **values):
    """Press a button of the tablet's page."""
    form = next(f for f in page.forms.values() if f'name="act" value="{act}"' in f.text)
    for key, value in values.items():
        form[f"m-2026-00{key[1]}"] = value
    if act in [field._value for field in form.fields["act"] if field.tag == "button"]:
        return form.submit("act", value=act, status="*")
    return form.submit(status="*")


@pytest.mark.clause("BJ-G9", "C-2")
def test_owner_votes_on_the_tablet_and_the_helper_learns_only_that_a_ballot_came(voting):
    helper, tablet, path = opened(voting)
    page = admitted(helper, path, "dora")
    assert "1栋1单元201、1栋1单元202" in page.text
    ballot = started(tablet, voting, page)
    assert 'data-mode="elder"' in ballot.text
    assert "一名业主正在投票" in helper.get(path).text
    assert "还有业主正在投票" in admitted(helper, path, "anna").text
    review = press(ballot, "review", m1="against")
    assert "反对" in review.text
    done = press(review, "confirm").follow()
    assert "投票成功" in done.text
    assert "反对" not in done.text
    assert tablet.get(voting.path + "terminal/voucher.png").content_type == "image/png"
    seen = helper.get(path).text
    assert "已投 1 票" in seen
    assert "反对" not in seen
    gone = press(done, "leave").follow()
    assert "请输入代码" in gone.text
    tablet.get(voting.path + "terminal/voucher.png", status=404)
    assert "请输入代码" in press(review, "confirm").text
    assert "已经投过票" in admitted(helper, path, "dora").text
    voting.clock.forward(minutes=1)
    voting.site.drain()
    assert "南门" in audited(voting, "kiosk.open")
    assert "b1/1-201" in audited(voting, "kiosk.admit")
    for action in ("kiosk.cast", "kiosk.admit", "meeting.cast"):
        assert "against" not in audited(voting, action)
    counted = voting.site.logged_in("convenor").get(voting.path + "turnout").html
    assert "协助终端 1" in counted.find("section", class_="panel").get_text(" ", strip=True)
    voting.close()
    channels = voting.look(lambda m: m.result.record["channels"])
    assert next(one for one in channels if one["channel"] == "terminal")["counted"] == 1


@pytest.mark.clause("BJ-G9")
def test_slot_is_the_same_for_tablet_and_phone(voting):
    helper, tablet, path = opened(voting)
    ballot = started(tablet, voting, admitted(helper, path, "anna"))
    voting.cast("anna", m1=("for",))
    voting.clock.forward(seconds=1)
    review = press(ballot, "review", m1="against")
    assert "请输入代码" in review.follow().text
    assert "BJ-OQ7" in admitted(helper, path, "anna").text


@pytest.mark.clause("BJ-G9")
def test_tablet_forgets_a_voter_who_left_and_refuses_wrong_codes(voting):
    helper, tablet, path = opened(voting)
    ballot = started(tablet, voting, admitted(helper, path, "anna"))
    voting.clock.forward(seconds=int(model.IDLE.total_seconds()))
    page = press(ballot, "review", m1="for")
    assert "时间太长没有操作" in page.text
    assert not voting.look(lambda m: [s for s in m.ballot_box.slots.values() if s.is_cast])
    admitted(helper, path, "anna")
    form = next(iter(tablet.get(voting.path + "terminal").forms.values()))
    for _ in range(model.TRIES):
        form["code"] = "00000a"
        assert "代码不对" in form.submit("act", status=422).text
    form["code"] = "000000"
    assert "没有等待输入的代码" in form.submit("act", status=422).text
    stranger = voting.site.browser()
    assert "绑定这台平板" in stranger.get(voting.path + "terminal").text
    token = helper.get(path).html.find("input", attrs={"name": "csrf_token"})["value"]
    helper.post(path, {"csrf_token": token, "act": "end"}, status=303)
    assert "绑定这台平板" in tablet.get(voting.path + "terminal").text


@pytest.mark.clause("BJ-G9")
def test_person_without_account_votes_by_the_document_and_a_stranger_does_not(voting):
    def leave(request):
        for name in ("anna",):
            account = request.site.accounts[voting.ids[name]]
            request.site.accounts.by_token.pop(f"person:{account.subject_token}")
            account.subject_token, account.verified_at = "", None
            unit = voting.unit(request, "101")
            unit.bindings = ()

    voting.site.run(leave)
    helper, tablet, path = opened(voting)
    assert "没有姓名和证件与此一致" in admitted(helper, path, "anna", "ID0000X9").text
    ballot = started(tablet, voting, admitted(helper, path, "anna"))
    done = press(press(ballot, "review", m1="for"), "confirm").follow()
    assert "138****0001" in done.text
    sent = press(done, "send").follow()
    assert "已发送到您的手机" in sent.text
    states = voting.site.run(
        lambda request: [d.template_id for d in request.site.messages.dispatches()]
    )
    assert "kiosk.voucher" in states
    voting.clock.forward(minutes=1)
    voting.site.drain()
    states = voting.site.run(
        lambda request: [d.template_id for d in request.site.messages.dispatches()]
    )
    assert "kiosk.cast" in states
    voting.clock.forward(minutes=3)
    voting.site.drain()
    assert voting.look(lambda m: [one.person for one in m.terminals.values()]) == [""]
    voting.clock.forward(hours=5)
    voting.site.drain()
    assert voting.look(lambda m: all(one.ended_at for one in m.terminals.values()))
    assert voting.look(lambda m: m.ballot_box.slots["r00001"].channel) == "terminal"
    voting.site.logged_in("dora").get(voting.path + "kiosk", status=403)


@pytest.mark.clause("C-2")
def test_place_without_terminals_opens_none(open_site, moved_clock):
    shenzhen = Assembly(open_site, moved_clock).open()
    refused = open_site.logged_in("convenor").get(shenzhen.path + "kiosk", status=422)
    assert "不提供现场辅助终端" in refused.text
    assert open_site.run(lambda request: meeting_of(request).terminals) is None


@pytest.mark.clause("BJ-G9")
def test_page_of_who_left_sent_again_shows_and_ends_nothing_for_the_next_voter(voting):
    helper, tablet, path = opened(voting)
    ballot = started(tablet, voting, admitted(helper, path, "anna"))
    review = press(ballot, "review", m1="against")
    gone = press(press(review, "confirm").follow(), "leave").follow()
    assert "请输入代码" in gone.text
    next_ballot = started(tablet, voting, admitted(helper, path, "bo"))
    left = next(form for form in ballot.forms.values() if "data-idle" in form.text)
    for answer in (
        press(ballot, "review", m1="against"),
        press(review, "choose"),
        press(review, "confirm"),
        left.submit(),
    ):
        assert answer.status_int == 303
        shown = answer.follow()
        assert "checked" not in shown.text
        assert shown.html.find("input", attrs={"name": "m-2026-001"})
    done = press(press(next_ballot, "review", m1="for"), "confirm").follow()
    assert "投票成功" in done.text
    assert voting.look(lambda m: sum(s.is_cast for s in m.ballot_box.slots.values())) == 2
