"""Importing a register: upload, look, decide, done; all or nothing."""

import io

import pytest
from python_calamine import CalamineWorkbook

from portal.security import SITE_SCOPE, Role
from tests.functional.register.steps import (
    DATA,
    FACTS,
    decide,
    import_clean,
    import_small,
    small_register,
    totals,
    upload,
)


@pytest.mark.clause("SZ-7.2")
def test_clean_register_is_imported_with_its_published_totals(site, officer, community):
    page = import_clean(site, officer, community)
    assert "导入完成" in page
    found, _revision, units = totals(site)
    assert units == found.units == FACTS["units"]
    assert found.area == FACTS["area_hundredths"]
    assert found.heads == FACTS["heads_one_per_owner_group"]
    assert found.buildings == FACTS["buildings"]


def test_same_file_again_changes_nothing_and_says_so(site, officer, community):
    import_clean(site, officer, community)
    _totals, revision, _units = totals(site)
    page = upload(officer, community).follow()
    assert "名册已经与这个文件一致" in page
    page = decide(page, "good").follow()
    site.drain()
    assert "没有任何改动" in officer.get(page.request.path)
    assert totals(site)[1] == revision


@pytest.mark.clause("MF-4.2.1-1.a")
def test_nothing_is_written_before_the_decision(site, officer, community):
    page = upload(officer, community, "small.csv", small_register()).follow()
    site.drain()
    assert "待决定" in page
    assert totals(site)[2] == 0


@pytest.mark.clause("MF-4.2.1-1.a")
def test_preview_names_every_refused_row_with_column_rule_and_advice(site, officer, community):
    # The building list that row 1414 is measured by comes from the register itself.
    import_clean(site, officer, community)
    page = upload(officer, community, "register-dirty.xlsx").follow()
    rows = page.html.select("#findings ~ table tbody tr")
    shown = {int(row.th.text): row.text for row in rows}
    assert sorted(shown) == [defect["row"] for defect in FACTS["dirty"]["defects"]]
    for defect in FACTS["dirty"]["defects"]:
        assert {"refused": "拒绝", "warning": "提醒", "normalised": "已规范", "ignored": "已忽略"}[
            defect["accept"]
        ] in shown[defect["row"]]
    assert "证件号码" in shown[127]
    assert "校验码不对" in shown[127]
    assert "逐位核对" in shown[127]


@pytest.mark.clause("MF-4.2.1-1.a")
def test_choosing_nothing_creates_nothing(site, officer, community):
    page = upload(officer, community, "register-dirty.xlsx").follow()
    address = page.request.path
    decide(page, "nothing")
    site.drain()
    assert "已放弃" in officer.get(address)
    assert totals(site)[2] == 0


@pytest.mark.clause("MF-4.2.1-1.a")
def test_choosing_the_good_units_leaves_out_whole_units(site, officer, community):
    page = upload(officer, community, "register-dirty.xlsx").follow()
    decide(page, "good")
    site.drain()
    refused = sum(d["accept"] == "refused" for d in FACTS["dirty"]["defects"])
    assert totals(site)[2] == FACTS["units"] - refused

    def labels(request):
        register = request.site["communities"]["haitang"]["owners"]
        return {unit.label for unit in register.units()}

    found = site.run(labels)
    # Rows 516 and 1469, 311 and 1470 dispute these units.
    assert not {"4栋3单元902", "2栋2单元903"} & found
    assert "2栋2单元302" in found


def test_a_decision_is_needed_when_rows_are_refused(site, officer, community):
    page = upload(officer, community, "register-dirty.xlsx").follow()
    form = page.forms["decide-form"]
    answer = officer.post(
        page.request.path + "step/confirm",
        {"csrf_token": form["csrf_token"].value},
        status=409,
    )
    assert "有被拒绝的行" in answer
    site.drain()
    assert totals(site)[2] == 0


def test_preview_that_is_out_of_date_is_refused(site, officer, community):
    first = upload(officer, community, "small.csv", small_register()).follow()
    second = upload(officer, community, "small.csv", small_register()).follow()
    decide(first, "good")
    site.drain()
    form = second.forms["decide-form"]
    form["choice"] = "good"
    assert "名册已有变化" in form.submit(status=409)


def test_confirming_two_previews_at_once_imports_one_and_explains_the_other(
    site, officer, community
):
    pages = [upload(officer, community, "small.csv", small_register()).follow() for _ in range(2)]
    for page in pages:
        decide(page, "good")
    site.drain()
    assert "导入完成" in officer.get(pages[0].request.path)
    assert "名册已有变化" in officer.get(pages[1].request.path)
    assert totals(site)[1] == 1


def test_import_page_waits_without_script_and_then_shows_the_result(site, officer, community):
    page = decide(
        upload(officer, community, "small.csv", small_register()).follow(), "good"
    ).follow()
    assert page.html.select_one("noscript meta[http-equiv=refresh]")
    assert page.html.select_one("[hx-trigger]")
    site.drain()
    page = officer.get(page.request.path)
    assert not page.html.select("meta[http-equiv=refresh]")
    assert not page.html.select("[hx-trigger]")


def test_file_without_needed_columns_is_refused_at_the_form(officer, community):
    page = upload(officer, community, "r.csv", "楼栋,房号,用途\n1栋,101,住宅\n".encode())
    assert page.status_int == 422
    assert "证件号码" in page.html.select_one(".error-summary").text


def test_form_without_a_file_is_refused(officer, community):
    page = officer.get(f"{community}/owners/import")
    form = next(form for form in page.forms.values() if form.enctype == "multipart/form-data")
    assert "请先选择" in form.submit(status=422)


@pytest.mark.clause("v5.0.0-1.3.4")
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_downloaded_findings_hold_every_row_and_no_formula(site, officer, community, ending):
    lines = ["楼栋,房号,用途,建筑面积,产权人,证件类型,证件号码,份额"]
    lines += ["1栋,101,住宅,=1+1,甲,护照,E12345678,100"]
    page = upload(officer, community, "r.csv", "\n".join(lines).encode()).follow()
    answer = officer.get(page.request.path + f"findings.{ending}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    if ending == "csv":
        assert "'=1+1" in answer.body.decode("utf-8-sig")
        return
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.body))
    cells = book.get_sheet_by_index(0).to_python()
    assert cells[1][0] == 2
    assert cells[1][3] == "'=1+1"


@pytest.mark.clause("BJ-GQ11")
@pytest.mark.parametrize("role", [Role.CONVENOR, Role.OWNER, Role.SCRUTINEER])
def test_only_the_street_office_imports(site, community, role):
    site.make_account("other", (role, SITE_SCOPE))
    browser = site.logged_in("other")
    browser.get(f"{community}/owners/import", status=403)


@pytest.mark.clause("MF-4.3.2A")
def test_no_personal_value_lies_in_the_database_files(site, officer, community):
    import_small(site, officer, community)
    upload(officer, community, "register-dirty.xlsx")
    canaries = [
        b"440307197312091146",
        b"18616279736",
        "孔东晓".encode(),
        "孔东晓".encode("utf-16-le"),
    ]
    files = [path for path in site.folder.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert any(path.name == "Data.fs" for path in files)
    for path in files:
        stored = path.read_bytes()
        assert not [canary for canary in canaries if canary in stored], path


@pytest.mark.clause("SZ-13")
def test_new_owner_in_a_later_file_leaves_the_old_binding_stale(site, officer, community):
    lines = [
        "楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额",
        "1栋,1单元,101,住宅,88.35,甲,护照,E12345678,100",
    ]
    decide(upload(officer, community, "r.csv", "\n".join(lines).encode()).follow(), "good")
    site.drain()

    def unit_of(request):
        return request.site["communities"]["haitang"]["owners"].unit("b1/1-101")

    site.run(lambda request: unit_of(request).bind("old", unit_of(request).holders[0].person))
    lines[1] = lines[1].replace("甲", "乙").replace("E12345678", "E87654321")
    page = upload(officer, community, "r.csv", "\n".join(lines).encode()).follow()
    decide(page, "good")
    site.drain()

    def look(request):
        unit = unit_of(request)
        register = request.site["communities"]["haitang"]["owners"]
        kinds = [event["kind"] for event in register.events_of(unit.code)]
        return [b.account_id for b in unit.stale_bindings()], unit.register_state, kinds

    assert site.run(look) == (["old"], "owner_data", ["changed", "registered"])


def test_upload_nobody_decided_about_is_thrown_away_after_a_week(
    site, officer, community, moved_clock
):
    page = upload(officer, community, "small.csv", small_register()).follow()
    moved_clock.forward(days=7)
    site.drain()

    def look(request):
        name = page.request.path.strip("/").split("/")[-1]
        item = request.site["communities"]["haitang"]["owners"][name]
        return item.workflow_state, item._sealed

    assert site.run(look) == ("discarded", None)


def test_operators_command_reports_and_writes_only_faultless_files(site, community):
    def run(name, **options):
        def work(request):
            register = request.site["communities"]["haitang"]["owners"]
            data = (DATA / name).read_bytes()
            options_all = {"only_good": False, "check_only": False} | options
            return register.import_file(request, data, name, **options_all)

        return site.run(work)

    report = run("register-dirty.xlsx")
    assert (report.written, report.blocked) == (False, True)
    assert sum(line.startswith("127\t拒绝\t证件号码") for line in report.lines) == 1
    assert totals(site)[2] == 0
    assert not run("register-clean.xlsx", check_only=True).written
    assert run("register-clean.xlsx").written
    assert totals(site)[2] == FACTS["units"]
    again = run("register-clean.xlsx")
    assert (again.written, again.blocked) == (False, False)
    assert "没有任何改动" in again.lines[-1]
