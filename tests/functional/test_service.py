"""Complaints and repairs go to the property service; the owner says when they are done (BJ-0.1)."""

from __future__ import annotations

import csv
import io

import pytest
from webtest import Upload

from portal import audit, content
from portal.content import oid
from portal.security import Role
from tests.functional.assembly import Assembly
from tests.functional.test_account_admin import scope
from tests.functional.world import photo

DESK = "/communities/haitang/service/"
# More than one page of anything holds.
MANY = 10_001


@pytest.fixture
def haitang(open_site, moved_clock):
    """Return a site with a community, its owners and somebody of its property service."""
    found = Assembly(open_site, moved_clock)
    open_site.make_account("service", (Role.SERVICE_STAFF, scope(open_site, *DESK.split("/")[1:3])))
    return found.site


def file_one(browser, status=303, unit=None, **values):
    form = browser.get(DESK + "new").forms["form"]
    if unit is not None:
        form["unit_code"].force_value(unit)
    picture = values.pop("picture", None)
    kind = next(name for name in form.fields if name and name.startswith("deformField"))
    form[kind] = values.pop("kind", "repair")  # the library numbers radio buttons itself
    known = {"category": "lift", "place": "1栋电梯", "text": "停在三楼不动"}
    for name, value in (known | values).items():
        form[name] = value
    if picture is not None:
        form.set("upload", picture, index=0)
    return form.submit("save", status=status)


def step(browser, path, name, comment="", status=303):
    token = browser.get(path).html.select_one("input[name=csrf_token]")
    token = token or browser.get("/me").html.select_one("input[name=csrf_token]")
    data = {"csrf_token": token["value"], "comment": comment}
    return browser.post(f"{path}step/{name}", data, status=status)


def inbox(site, login):
    def look(request):
        account = request.site.accounts.find(request.vault, login)
        return [
            (one.subject, one.body, one.link) for one in request.site.messages.inbox(account.id)
        ]

    return site.run(look)


@pytest.mark.clause("BJ-0.1")
def test_home_page_of_an_owner_has_four_entries_that_lead_somewhere(haitang):
    anna = haitang.logged_in("anna")
    for home in ("/", "/communities/haitang/"):
        page = anna.get(home)
        tiles = page.html.select(".tiles--wide .tile")
        titles = [tile.select_one(".tile__title").get_text() for tile in tiles]
        assert titles == ["投票表决", "评价物业", "投诉报修", "通知公告"]
        for tile in tiles:
            assert anna.get(tile["href"]).status_int == 200
    for login in ("convenor", "service"):
        assert "tiles--wide" not in haitang.logged_in(login).get("/").text
    assert "tiles--wide" not in haitang.browser().get("/communities/haitang/").text


@pytest.mark.clause("BJ-0.1")
def test_repair_is_filed_taken_done_sent_back_and_confirmed_with_news_at_every_step(haitang):
    anna, service = haitang.logged_in("anna"), haitang.logged_in("service")
    path = file_one(anna, picture=Upload("a.jpg", photo(), "image/jpeg")).location
    haitang.drain()
    (subject, body, link) = inbox(haitang, "service")[0]
    assert "新的投诉报修" in subject
    assert "停在三楼" not in body  # the text stays in the house
    page = service.get(link)
    assert "停在三楼不动" in page.text
    assert (
        service.get(page.html.select_one(".files a, a.file")["href"]).content_type == "image/jpeg"
    )
    assert link in service.get("/queue").text
    step(anna, path, "take", status=403)
    step(service, path, "take")
    step(service, path, "finish", status=422)  # what was done has to be said
    step(service, path, "finish", "更换了门机")
    assert "更换了门机" in inbox(haitang, "anna")[0][1]
    step(service, path, "confirm", status=403)
    step(anna, path, "reopen", "又停了")
    haitang.drain()
    assert "退回重办" in inbox(haitang, "service")[0][0]
    step(service, path, "take")
    step(service, path, "finish", "更换了主板")
    step(anna, path, "confirm")
    page = anna.get(path)
    assert "已办结" in page.text
    assert "又停了" in page.html.select_one(".history").get_text()
    assert path.removeprefix("http://localhost") not in anna.get(DESK).text
    assert path.removeprefix("http://localhost") in anna.get(DESK + "?show=all").text


def test_other_owners_and_strangers_neither_read_nor_list_a_request(haitang):
    path = file_one(haitang.logged_in("anna")).location
    bo = haitang.logged_in("bo")
    bo.get(path, status=403)
    assert "1栋电梯" not in bo.get(DESK).text
    bo.get(DESK + "requests.csv", status=403)
    haitang.browser().get(DESK, status=(302, 303, 403))
    for login in ("service", "convenor", "street"):
        assert haitang.logged_in(login).get(path).status_int == 200
    haitang.logged_in("convenor").get(DESK + "new", status=403)


def test_request_names_only_a_unit_of_its_owner_and_takes_only_pictures(haitang):
    anna = haitang.logged_in("anna")
    offered = anna.get(DESK + "new").forms["form"]["unit_code"].options
    assert [text for _, _, text in offered] == ["1栋1单元101", "公共部位或者与房屋无关"]
    (other, _, _), _ = haitang.logged_in("bo").get(DESK + "new").forms["form"]["unit_code"].options
    refused = file_one(anna, status=422, unit=other)
    assert "相关房屋" in refused.html.select_one("[data-error-summary]").get_text()
    refused = file_one(anna, status=422, picture=Upload("a.pdf", b"%PDF-1.4\n", "application/pdf"))
    assert "请上传 JPG 或 PNG 图片" in refused.text
    assert "没有投诉报修" in anna.get(DESK + "?show=all").text


def test_without_staff_the_convenor_is_told_and_the_page_says_so(open_site, moved_clock):
    Assembly(open_site, moved_clock)
    open_site.drain()
    anna = open_site.logged_in("anna")
    assert "还没有登记物业服务人员" in anna.get(DESK).text
    file_one(anna)
    open_site.drain()
    assert "新的投诉报修" in inbox(open_site, "convenor")[0][0]


def test_street_office_appoints_the_service_staff(haitang, moved_clock):
    moved_clock.forward(hours=1)
    haitang.drain()
    assert "还没有登记物业服务人员" not in haitang.logged_in("anna").get(DESK).text
    form = haitang.logged_in("street").get("/accounts/new").forms["form"]
    assert Role.SERVICE_STAFF in [value for value, _, _ in form["role"].options]


def test_export_holds_every_request_safely_and_is_audited(haitang):
    anna = haitang.logged_in("anna")
    file_one(anna, text="=1+1", kind="complaint", category="fees")
    file_one(haitang.logged_in("bo"))
    answer = haitang.logged_in("service").get(DESK + "requests.csv")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert len(rows) == 3
    texts = [row[rows[0].index("内容")] for row in rows[1:]]
    assert "'=1+1" in texts
    haitang.drain()
    found = haitang.run(lambda r: [e["action"] for e in audit.entries(r, action="service.export")])
    assert found == ["service.export"]


def test_export_is_not_cut_however_many_requests_there_are(haitang):
    file_one(haitang.logged_in("anna"))

    def file_many(request):
        desk = request.site["communities"]["haitang"]["service"]
        first = next(iter(desk.values()))
        for number in range(MANY):
            item = content.create("service_request", request, text=f"第 {number} 件")
            item.creator, item.workflow_state = first.creator, first.workflow_state
            item.created_at = item.modified_at = item.state_since = first.created_at
            desk.add(f"many-{number}", item, registry=request.registry, send_events=False)
            for index in request.site.catalog.indexes():
                index.index_doc(oid(item), item)

    haitang.run(file_many)
    answer = haitang.logged_in("service").get(DESK + "requests.csv")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    texts = {row[rows[0].index("内容")] for row in rows[1:]}
    assert texts == {"停在三楼不动", *(f"第 {number} 件" for number in range(MANY))}
    haitang.drain()
    exports = haitang.run(lambda r: list(audit.entries(r, action="service.export")))
    assert [entry["detail"]["requests"] for entry in exports] == [MANY + 1]


def test_community_from_before_there_were_desks_gets_one_by_the_clock(haitang, moved_clock):
    def without(request):
        community = request.site["communities"]["haitang"]
        community.remove("service", registry=request.registry, send_events=False)

    haitang.run(without)
    anna = haitang.logged_in("anna")
    titles = [tile.get_text() for tile in anna.get("/").html.select(".tiles--wide .tile__title")]
    assert titles == ["投票表决", "通知公告"]
    moved_clock.forward(hours=1)
    haitang.drain()
    assert haitang.logged_in("anna").get(DESK).status_int == 200
