"""An owner lets somebody vote for him: appoint, accept, withdraw, vote, see (SZ-20, SZ-N6)."""

import hashlib
import json

import pytest

from content_types.proxy_appointment.views import ProxySchema
from portal.evidence.verify import verify
from tests.functional.acting_world import (
    ANNA,
    UNKNOWN,
    audited,
    document_of,
    grants_of,
    introduce,
    staff_id,
    told,
)
from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.paper.steps import pdf_text
from tests.functional.voting_steps import choose, vote
from tests.functional.world import photo

PRINCIPALS = ("anna", "bo", "dora", "gao")


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).open()
    introduce(assembly, *PRINCIPALS, "sun")
    return assembly


def appoint(voting, name, /, **changed):
    """Fill the form of an owner and return the answer."""
    browser = voting.site.logged_in(name)
    form = browser.get(voting.path + "proxy").forms["form"]
    values = {"phone": "138 0000 0009", "name": "业主sun", "id_kind": "passport"}
    for key, value in (values | {"id_number": document_of("sun")} | changed).items():
        if key == "matters":
            for field in form.fields["checkbox"]:
                field.checked = field._value in value
        else:
            form[key] = value
    return browser, form.submit("save", status="*")


def item_of(voting, index=-1):
    """Return the path of an appointment."""

    def find(request):
        found = [one for one in meeting_of(request).values() if hasattr(one, "appointor")]
        return request.resource_path(sorted(found, key=lambda one: one.created_at)[index])

    return voting.site.run(find)


def step(browser, path, name, status=303):
    """Press the button of a step, also where the page no longer shows it."""
    token = browser.get(path).html.find("input", attrs={"name": "csrf_token"})["value"]
    return browser.post(f"{path}step/{name}", {"csrf_token": token}, status=status)


def accepted(voting, name, /, **changed):
    """Let an owner appoint sun and sun accept; return the path."""
    appoint(voting, name, **changed)
    voting.clock.forward(seconds=1)
    path = item_of(voting)
    step(voting.site.logged_in("sun"), path, "accept")
    return path


@pytest.mark.clause("SZ-20.1", "SZ-20.3", "SZ-20.4", "SZ-20.5", "SZ-20.6", "SZ-N6.2", "SZ-N6.3")
def test_owner_appoints_withdraws_appoints_again_and_sees_that_the_proxy_voted(voting):
    convenor = staff_id(voting, "convenor")
    owner, answer = appoint(voting, "anna")
    page = answer.follow()
    assert "等待接受" in page.text
    path = item_of(voting)
    mine = owner.get(voting.path + "proxy").html.find("a", href=path)
    assert mine.text == "您委托 业主sun 投票（等待接受）"
    file = owner.get(path + "authorisation.pdf")
    assert file.body.startswith(b"%PDF")
    said = "".join(pdf_text(file.body).split())
    assert "投票权数1栋1单元101，专有面积80.00㎡" in said
    assert file.body == owner.get(path + "authorisation.pdf").body
    voting.site.drain()

    digest = hashlib.sha256(file.body).hexdigest()
    assert digest in page.text
    assert digest in audited(voting, "proxy_appointment.document")
    proxy = voting.site.logged_in("sun")
    proxy.get(voting.path + "vote", status=403)
    theirs = proxy.get(voting.path + "proxy-paper").html.find("a", href=path)
    assert theirs.text == "业主anna 委托您投票（等待接受）"
    step(proxy, path, "accept")
    assert ("proxy", "community") in [(r, s.split("-")[0]) for r, s in grants_of(voting, "sun")]
    assert told(voting, convenor)[-2:] == ["proxy.offered", "proxy.accepted"]
    assert "业主anna" not in proxy.get(voting.path + "vote").text
    voting.clock.forward(minutes=1)
    step(voting.site.logged_in("anna"), path, "cancel")
    assert told(voting, convenor)[-1] == "proxy.cancelled"
    assert told(voting, voting.ids["sun"])[-1] == "proxy.cancelled"
    assert told(voting, voting.ids["anna"])[-1] == "proxy.vote_yourself"
    assert not grants_of(voting, "sun")
    voting.clock.forward(minutes=1)
    path = accepted(voting, "anna")
    proxy = voting.site.logged_in("sun")
    voucher = vote(proxy, voting.path, m1="for")
    assert "投票成功" in voucher.text
    assert "委托关系" in voucher.text
    record = json.loads(proxy.get(voting.path + "voucher/r00001.json").body)
    assert record["authority"]["number"] == path.strip("/").rsplit("/", 1)[-1]
    assert verify(proxy.get(voting.path + "voucher/r00001.json").body).ok
    owner = voting.site.logged_in("anna")
    seen = owner.get(voting.path + "voucher/r00001")
    assert "由受托人按委托书投出" in seen.text
    assert "同意" not in seen.text
    assert "查看凭证" in owner.get(path).text
    assert "受托人已经投票" in owner.get(voting.path).text
    assert "SZ-16" in step(owner, path, "cancel", status=422).text
    owner.get(voting.path + "vote", status=422)
    voting.clock.forward(seconds=60)
    voting.site.drain()
    assert all("vote.cast" in told(voting, voting.ids[name]) for name in ("anna", "sun"))


@pytest.mark.clause("SZ-20.4")
def test_ballot_of_a_proxy_is_refused_after_the_appointment_was_withdrawn(voting):
    path = accepted(voting, "anna")
    accepted(voting, "bo")
    proxy = voting.site.logged_in("sun")
    review = choose(proxy, voting.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    voting.clock.forward(seconds=1)
    step(voting.site.logged_in("anna"), path, "cancel")
    voting.clock.forward(seconds=1)
    refused = form.submit("step", index=0, status=422)
    assert "委托已经取消" in refused.text
    assert "SZ-20.4" in refused.text


@pytest.mark.clause("SZ-20.2", "SZ-N6.1", "SZ-N6.2")
def test_proxy_votes_for_each_owner_apart_and_only_on_the_motions_given(voting):
    path = accepted(voting, "anna", matters=("2026-001",))
    document = pdf_text(voting.site.logged_in("anna").get(path + "authorisation.pdf").body)
    given, kept_back = (motion["title"] for motion in voting.motions[:2])
    said = "".join(document.split())
    assert given in said
    assert kept_back not in said
    path = accepted(voting, "dora")
    rights = Client(voting.site, "sun").get(f"{MEETING}/rights")["items"]
    assert {one["capacity"] for one in rights} == {"proxy"}
    assert path.strip("/").endswith(rights[1]["authority"])
    proxy = voting.site.logged_in("sun")
    page = proxy.get(voting.path + "vote")
    assert "只可以对这些议题投票" in page.text
    assert "您受" in page.text
    form = choose(proxy, voting.path, m1="for", m2="against")
    form["right"] = "r00001"
    assert "没有授权您对这个事项投票" in form.submit("step", index=0, status=422).text
    assert "投下一项表决权" in vote(proxy, voting.path, m1="for").text
    vote(proxy, voting.path, m2="against")
    marks = voting.look(lambda m: [s.authority for s in m.ballot_box.slots.values() if s.is_cast])
    assert len(set(marks)) == 2
    assert all(marks)


WRONG = (
    *((changed, "没有与手机号码") for changed in UNKNOWN),
    ({"until": "2027-01-01T00:00"}, "不晚于投票截止时间"),
    ({"until": "2026-06-01T00:00"}, "不晚于投票截止时间"),
    ({"powers": ""}, "必填"),
    (ANNA, "不能委托自己"),
)


@pytest.mark.clause("SZ-20.2")
def test_wrong_particulars_are_refused_without_telling_who_is_known(voting):
    for changed, said in WRONG:
        _, answer = appoint(voting, "anna", **changed)
        assert answer.status_int == 422
        assert said in answer.text, changed
    assert voting.look(lambda m: m.proxies) is None


@pytest.mark.clause("SZ-20.1")
def test_owner_who_never_bound_or_has_voted_appoints_nobody(voting):
    _, answer = appoint(voting, "fang")
    assert "请先绑定" in answer.text
    voting.cast("anna", m1=("for",))
    _, answer = appoint(voting, "anna")
    assert "已经投过票，不能再投或者更改。" in answer.text


@pytest.mark.clause("SZ-20.1")
def test_signed_paper_counts_once_the_convenor_has_checked_it(voting):
    proxy = voting.site.logged_in("sun")
    form = proxy.get(voting.path + "proxy-paper").forms["form"]
    form["phone"], form["name"], form["id_kind"] = "13800000001", "业主anna", "passport"
    form["id_number"], form["own_id_kind"] = document_of("anna"), "passport"
    form["upload"] = ("paper.jpg", photo())
    page = form.submit("save", status=303).follow()
    assert "等待召集人核对" in page.text
    path = item_of(voting)
    assert "proxy.offered" in told(voting, voting.ids["anna"])
    step(proxy, path, "accept", status=422)
    convenor = voting.site.logged_in("convenor")
    assert convenor.get(path + "paper").content_type == "image/jpeg"
    voting.clock.forward(seconds=1)
    step(convenor, path, "confirm_paper")
    assert "投票成功" in vote(voting.site.logged_in("sun"), voting.path, m1="for").text
    voting.site.logged_in("dora").get(path, status=403)


@pytest.mark.clause("C-17")
def test_beijing_offers_no_proxy(open_site, moved_clock):
    motions = ({"title": "选聘物业", "matter": "service_company"},)
    beijing = Assembly(open_site, moved_clock, "beijing-2019", motions).open()
    refused = open_site.logged_in("anna").get(beijing.path + "proxy", status=422)
    assert "不接受委托" in refused.text
    assert "委托他人投票" not in open_site.logged_in("anna").get(beijing.path).text


def test_form_that_was_changed_for_one_page_is_unchanged_on_the_next(voting):
    assert ProxySchema()["name"] is not ProxySchema()["name"]
    browser = voting.site.logged_in("anna")
    assert "委托人姓名" in browser.get(voting.path + "proxy-paper").text
    page = browser.get(voting.path + "proxy").text
    assert "受托人姓名" in page
    assert "委托人姓名" not in page
