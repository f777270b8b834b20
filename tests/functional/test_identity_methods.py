"""A department changes the methods of identification only with a notice and a reason (SZ-9.5)."""

from __future__ import annotations

import pytest
from webtest import Upload

from portal import audit
from portal.errors import PortalError
from portal.security import Role
from tests.functional.acting_world import document_of, introduce
from tests.functional.assembly import Assembly, meeting_of
from tests.functional.owner_steps import verify
from tests.functional.test_account_admin import scope
from tests.functional.world import photo

CITY, DISTRICT = "/offices/city/", "/offices/city/district/"
PAGE = "identity-methods"
FACE, ON_SITE, AGENT = "face_and_sms", "on_site_photos", "organisation_agent"


@pytest.fixture
def haitang(open_site, moved_clock):
    """Return a community of Shenzhen with officers of its own and of another district."""
    found = Assembly(open_site, moved_clock)
    place = scope(open_site, "offices", "city", "district")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, place))
    open_site.make_account("elsewhere", (Role.DISTRICT_OFFICER, "office-0"))
    return found


def announce(browser, place, title="调整核验方式的公告", publish=True):
    form = browser.get(place + "add/office_notice").forms["form"]
    form["title"], form["body"] = title, "自即日起执行。"
    path = form.submit("save", status=303).location
    if publish:
        press(browser, path, "publish")
    return path


def press(browser, path, step, status=303, comment=""):
    token = browser.get("/me").html.select_one("input[name=csrf_token]")["value"]
    return browser.post(
        f"{path}step/{step}", {"csrf_token": token, "comment": comment}, status=status
    )


def change(browser, place, offered, notice="", why="人脸核验服务维护", status=303):
    form = browser.get(place + "change-methods?profile=shenzhen-draft-2019").forms["form"]
    for box in form.fields["checkbox"]:
        box.checked = box._value in offered
    options = {text: value for value, _, text in form["notice_oid"].options}
    form["notice_oid"] = options[notice] if notice else ""
    form["explanation"] = why
    return form.submit("save", status=status)


def in_force(haitang):
    from content_types.owner_register import methods

    def look(request):
        return [one.id for one in methods.offered(meeting_of(request).community, request.registry)]

    return haitang.site.run(look)


def stranger(haitang, login="gao"):
    """Give an owner papers and a number, but no verification yet."""
    introduce(haitang, login)

    def act(request):
        account = request.site.accounts[haitang.ids[login]]
        account.verified_at, account.subject_token = None, ""

    haitang.site.run(act)
    return haitang.site.logged_in(login)


@pytest.mark.clause("SZ-9.5")
def test_change_without_a_published_notice_is_refused_with_the_clause(haitang):
    district = haitang.site.logged_in("district")
    page = change(district, DISTRICT, {ON_SITE, AGENT}, status=422)
    told = page.html.select_one("[data-error-summary]").get_text()
    assert "必须公告" in told
    assert "SZ-9.5" in {chip.get_text() for chip in page.html.select(".clause")}
    announce(district, DISTRICT, publish=False)
    announce(haitang.site.logged_in("municipal"), CITY, title="市里的公告")
    form = district.get(DISTRICT + "change-methods?profile=shenzhen-draft-2019").forms["form"]
    # Neither a draft nor another office's notice can be chosen.
    assert [value for value, _, _ in form["notice_oid"].options] == [""]
    assert in_force(haitang) == [FACE, ON_SITE, AGENT]


@pytest.mark.clause("SZ-9.5")
def test_change_needs_an_explanation_and_a_notice_of_its_own(haitang):
    district = haitang.site.logged_in("district")
    announce(district, DISTRICT, "公告一")
    change(district, DISTRICT, {ON_SITE, AGENT}, "公告一", why=" ", status=422)
    change(district, DISTRICT, {FACE, ON_SITE, AGENT}, "公告一", status=422)  # changes nothing
    change(district, DISTRICT, {ON_SITE, AGENT}, "公告一")
    form = district.get(DISTRICT + "change-methods?profile=shenzhen-draft-2019").forms["form"]
    assert "公告一" not in [text for _, _, text in form["notice_oid"].options]


@pytest.mark.clause("SZ-9.5")
def test_change_holds_at_once_for_what_owners_are_offered(haitang):
    site = haitang.site
    gao = stranger(haitang)
    assert "人脸" in gao.get("/me/identity").html.select_one("#ways").parent.get_text()
    district = site.logged_in("district")
    announce(district, DISTRICT, "停用人脸核验的公告")
    change(district, DISTRICT, {ON_SITE, AGENT}, "停用人脸核验的公告")
    ways = gao.get("/me/identity").html.select_one("#ways").parent
    assert [item.get_text().split()[-1] for item in ways.select("ol li")] == ["SZ-9.2", "SZ-31"]
    assert "人脸核验服务维护" in ways.get_text()
    assert "停用人脸核验的公告" in gao.get(ways.select_one("a:not(.clause)")["href"]).text
    page = verify(gao, "业主gao", document_of("gao"), "passport", status=422)
    assert "没有启用网上核验" in page.text
    announce(district, DISTRICT, "恢复公告")
    change(district, DISTRICT, {FACE, ON_SITE, AGENT}, "恢复公告", why="维护结束")
    verify(gao, "业主gao", document_of("gao"), "passport")


@pytest.mark.clause("SZ-9.5", "SZ-9.2")
def test_check_on_site_is_closed_where_the_department_took_it_away(haitang):
    site = haitang.site
    gao = stranger(haitang)
    verify(gao, "业主别人", document_of("gao"), "passport", status=422)
    district = site.logged_in("district")
    announce(district, DISTRICT, "公告")
    change(district, DISTRICT, {FACE, AGENT}, "公告")
    form = site.logged_in("convenor").get("/communities/haitang/verify-on-site").forms["form"]
    form["phone"], form["name"] = "13800000005", "业主gao"
    form["id_kind"], form["id_number"] = "passport", document_of("gao")
    for index in (0, 1):
        form.set("upload", Upload("a.jpg", photo()), index=index)
    page = form.submit("save", status=403)
    told = page.html.select_one("[data-error-summary]").get_text()
    assert "已公告停用" in told
    assert "SZ-9.5" in told


@pytest.mark.clause("SZ-9.5")
def test_former_states_stay_readable_for_everybody_with_notice_reason_and_audit(haitang):
    site = haitang.site
    district = site.logged_in("district")
    first = announce(district, DISTRICT, "公告一")
    change(district, DISTRICT, {ON_SITE, AGENT}, "公告一", why="理由一")
    press(district, first, "retract", status=422, comment="x")  # the present state rests on it
    announce(district, DISTRICT, "公告二")
    change(district, DISTRICT, {FACE, ON_SITE, AGENT}, "公告二", why="理由二")
    press(district, first, "retract", comment="已由公告二代替")
    page = site.browser().get(DISTRICT + PAGE)
    section = page.html.select_one("#changes").parent
    assert [link.get_text() for link in section.select(".item-list__title")] == ["公告二", "公告一"]
    assert "理由一" in section.get_text()
    assert "自即日起执行" in site.browser().get(first).text  # retracted, yet readable
    site.drain()
    found = site.run(lambda r: list(audit.entries(r, action="identity_methods.change")))
    assert {one["detail"]["switched_off"] for one in found} == {FACE, ""}
    assert all(one["detail"]["notice"] for one in found)


@pytest.mark.clause("SZ-9.5")
def test_nobody_is_left_without_a_way_even_by_two_offices_together(haitang):
    site = haitang.site
    district, city = site.logged_in("district"), site.logged_in("municipal")
    for name in ("公告一", "公告二"):
        announce(district, DISTRICT, name)
    page = change(district, DISTRICT, {FACE, ON_SITE}, "公告一", status=422)
    assert "至少一种" in page.text  # organisations have one method only
    change(district, DISTRICT, {ON_SITE, AGENT}, "公告一")
    announce(city, CITY, "市公告")
    change(city, CITY, {FACE, AGENT}, "市公告", status=422)
    assert in_force(haitang) == [ON_SITE, AGENT]


def test_only_the_department_itself_announces_and_changes(haitang):
    site = haitang.site
    for login in ("elsewhere", "street", "convenor", "anna", "operator"):
        if login == "operator":
            site.make_account("operator", (Role.ADMINISTRATOR, "site"))
        browser = site.logged_in(login)
        browser.get(DISTRICT + "add/office_notice", status=403)
        browser.get(DISTRICT + "change-methods?profile=shenzhen-draft-2019", status=403)
    site.logged_in("district").get(CITY + "add/office_notice", status=403)
    street = "/offices/city/district/street/"
    site.logged_in("district").get(street + PAGE, status=404)

    def below(request):
        from content_types.owner_register import methods

        office = request.site["offices"]["city"]["district"]["street"]
        profile = request.registry.profiles["shenzhen-draft-2019"]
        methods.change(office, profile, {FACE}, 1, "x", request)

    with pytest.raises(PortalError, match="not_a_department"):
        site.run(below)
