"""Correcting one unit of the register: real name, evidence, review, history."""

import pytest
from webtest import Upload

from portal import clock, content
from portal.security import SITE_SCOPE, Role

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
OWNERS = """楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额
1栋,1单元,101,住宅,88.35,甲,护照,E12345678,100
1栋,1单元,102,住宅,90.00,乙,护照,E12345679,100
"""


@pytest.fixture
def register(site, community):
    """Bring two units into the register and return its address."""
    site.run(
        lambda request: request.site["communities"]["haitang"]["owners"].import_file(
            request, OWNERS.encode(), "r.csv", only_good=False, check_only=False
        )
    )
    return f"{community}/owners"


def log_in(site, login, role, *, verified=True):
    account_id = site.make_account(login, (role, SITE_SCOPE))

    def verify(request):
        request.site.accounts[account_id].verified_at = clock.now()

    if verified:
        site.run(verify)
    return site.logged_in(login)


@pytest.fixture
def convenor(site, register):
    return log_in(site, "convenor-1", Role.CONVENOR)


@pytest.fixture
def officer(site, register):
    return log_in(site, "street-1", Role.STREET_OFFICER, verified=False)


def owner(row, name, number, share, kind="护照"):
    """Return the values of an owner in a row of the form."""
    values = {"owner_name": name, "id_kind": kind, "id_number": number, "share": share}
    return {f"{key}__{row}": value for key, value in values.items()}


NEW_UNIT = {"room": "103", "use": "住宅", "exclusive_area": "75.1"}
NEW_UNIT |= owner(0, "丁", "E77777777", "100")


def fill(browser, address, *, evidence=True, **values):
    form = browser.get(address).forms["correction-form"]
    form["project"] = True
    form["reason"] = "不动产权证书面积有误"
    for name, value in values.items():
        form[name.replace("__", "-")] = value
    if evidence:
        form["upload"] = Upload("证书.pdf", PDF)
    return form


def state_of(site, code="b1/1-101"):
    def look(request):
        unit = request.site["communities"]["haitang"]["owners"].unit(code)
        return None if unit is None else (unit.exclusive_area, len(unit.holders), unit.history())

    return site.run(look)


def step(browser, page, name, status=303, **values):
    form = next(form for form in page.forms.values() if form.action.endswith(f"step/{name}"))
    for key, value in values.items():
        form[key] = value
    return form.submit(status=status)


def approve(officer, form):
    step(officer, officer.get(form.submit(status=303).follow().request.path), "approve")


@pytest.mark.clause("SZ-7.3", "BJ-G4.1")
def test_correction_changes_the_register_only_after_approval(site, register, convenor, officer):
    page = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="98.35").submit(status=303)
    page = page.follow()
    assert "待审核" in page
    assert state_of(site)[0] == 8835
    page = officer.get(page.request.path)
    assert "98.35" in page.html.select_one("ins").text
    step(officer, page, "approve")
    area, holders, history = state_of(site)
    assert (area, holders) == (9835, 1)
    assert history[0]["action"] == "correction"
    assert history[0]["fields"] == ["exclusive_area"]


@pytest.mark.clause("SZ-7.3")
def test_correction_without_evidence_is_refused(site, register, convenor):
    form = fill(convenor, f"{register}/correct/b1/1-101", evidence=False, exclusive_area="98.35")
    assert "请上传证明材料" in form.submit(status=422)


@pytest.mark.clause("SZ-7.3")
def test_correction_without_real_name_is_refused(site, register):
    browser = log_in(site, "convenor-2", Role.CONVENOR, verified=False)
    form = fill(browser, f"{register}/correct/b1/1-101", exclusive_area="98.35")
    assert "请先完成实名认证" in form.submit(status=403)


@pytest.mark.clause("BJ-G4.1")
def test_project_must_be_confirmed(register, convenor):
    form = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="98.35")
    form["project"] = False
    assert "请先确认项目" in form.submit(status=422)


@pytest.mark.clause("BJ-G4.3")
def test_wrong_and_missing_values_are_named_at_their_fields(register, convenor):
    new = owner(1, "丙", "440307197312091147", "50", kind="居民身份证")
    form = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="", **new)
    page = form.submit(status=422)
    links = {a["href"] for a in page.html.select(".error-summary a")}
    assert {"#exclusive_area-", "#id_number-1"} <= links
    for link in links:
        assert page.html.select_one(f'[id="{link[1:]}"]'), link


@pytest.mark.clause("BJ-G4.3", "MF-4.2.1-1.b")
def test_co_owner_can_be_added(site, register, convenor, officer):
    new = owner(1, "丙", "E99999999", "50")
    approve(officer, fill(convenor, f"{register}/correct/b1/1-101", share__0="50", **new))
    assert state_of(site)[1] == 2


@pytest.mark.clause("BJ-G4.2", "MF-4.2.1-2")
def test_missing_unit_is_added_and_counted_by_source(site, register, convenor, officer):
    where = {"building": "1栋", "entrance": "1单元"}
    approve(officer, fill(convenor, f"{register}/correct", **where, **NEW_UNIT))
    assert state_of(site, "b1/1-103")[0] == 7510
    overview = officer.get(register).html.select_one("tbody").text
    assert "导入：新增 2 套，修改 0 套" in overview
    assert "更正：新增 1 套，修改 0 套" in overview


@pytest.mark.clause("BJ-GQ11")
def test_organiser_cannot_bring_in_a_building_by_a_correction(register, convenor):
    form = fill(convenor, f"{register}/correct", **NEW_UNIT)
    form["building"].force_value("8栋")
    assert "没有这一楼幢" in form.submit(status=409)


def test_returning_needs_a_reason_and_leaves_the_register(site, register, convenor, officer):
    page = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="98.35").submit().follow()
    page = officer.get(page.request.path)
    step(officer, page, "return", status=422, comment=" ")
    page = officer.get(page.request.path)
    step(officer, page, "return", comment="证书不清楚")
    assert state_of(site)[0] == 8835
    assert "证书不清楚" in convenor.get(page.request.path)


def test_unit_that_changed_meanwhile_is_not_overwritten(
    site, register, convenor, officer, moved_clock
):
    pages = [
        fill(convenor, f"{register}/correct/b1/1-101", exclusive_area=area).submit().follow()
        for area in ("98.35", "99.35")
    ]
    moved_clock.forward(minutes=1)
    step(officer, officer.get(pages[0].request.path), "approve")
    second = officer.get(pages[1].request.path)
    assert "已有变化" in second
    token = second.forms[0]["csrf_token"].value
    address = f"{second.request.path}step/approve"
    assert "已有变化" in officer.post(address, {"csrf_token": token}, status=409)
    assert state_of(site)[0] == 9835


def test_register_stands_while_votes_are_cast(site, register, convenor):
    def open_voting(request):
        meeting = content.create("meeting", request)
        content.add(request.site["communities"]["haitang"]["meetings"], meeting, request)
        meeting.workflow_state = "voting"

    site.run(open_voting)
    form = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="98.35")
    assert "提出异议" in form.submit(status=409)


def test_applicant_cannot_approve_and_others_cannot_look(site, register, convenor):
    page = fill(convenor, f"{register}/correct/b1/1-101", exclusive_area="98.35").submit().follow()
    form = page.forms.values()
    assert not [f for f in form if "step/approve" in f.action]
    other = log_in(site, "convenor-2", Role.CONVENOR)
    other.get(page.request.path, status=403)
    log_in(site, "owner-1", Role.OWNER).get(f"{register}/correct", status=403)
