"""Pages of a register that was imported: buildings, units, owners found and shown."""

import pytest

from portal import audit, content
from portal.security import SITE_SCOPE, Role
from tests.functional.register.steps import (
    delete_form,
    import_small,
)


@pytest.mark.clause("PIPL-7.2")
def test_register_is_closed_to_strangers_and_owners(site, officer, community):
    import_small(site, officer, community)
    site.make_account("owner-1", (Role.OWNER, SITE_SCOPE), kind="owner")
    site.browser().get(f"{community}/owners", status=303)
    site.logged_in("owner-1").get(f"{community}/owners", status=403)
    site.browser().get(f"{community}/buildings/b1", status=303)


@pytest.mark.clause("BJ-G3.1", "BJ-G3.2")
def test_building_table_shows_state_by_colour_and_word(site, officer, community):
    import_small(site, officer, community)

    def authenticate(request):
        register = request.site["communities"]["haitang"]["owners"]
        unit = register.unit("b1/1-102")
        unit.bind("somebody", unit.holders[0].person)
        register.unit("b1/1-103").holders = ()

    site.run(authenticate)
    page = officer.get(f"{community}/buildings/b1")
    cells = {cell.select_one(".cell__name").text: cell for cell in page.html.select("a.cell")}
    expected = {
        "1单元102": ("cell--refused", "已认证"),
        "1单元103": ("cell--done", "无信息"),
        "1单元104": ("cell--waiting", "未认证"),
    }
    for name, (colour, word) in expected.items():
        assert colour in cells[name]["class"]
        assert cells[name].select_one(".cell__word").text == word

    def count(request):
        return len(request.site["communities"]["haitang"]["buildings"]["b1"])

    assert len(cells) == site.run(count)
    overview = officer.get(f"{community}/owners").html
    row = next(tr for tr in overview.select("tbody tr") if tr.th.text.strip() == "1栋")
    assert [td.text for td in row.select("td")][:4] == [
        str(len(cells)),
        "1",
        str(len(cells) - 2),
        "1",
    ]


@pytest.mark.clause("PIPL-7.2")
def test_unit_page_masks_owners_until_a_reason_is_given(site, officer, community):
    import_small(site, officer, community)
    page = officer.get(f"{community}/buildings/b1/1-102")
    assert "孔*晓" in page
    assert "440307197312091146" not in page
    assert "18616279736" not in page
    form = next(form for form in page.forms.values() if form.action.endswith("reveal"))
    form["reason"] = "核对产权人信息"
    page = form.submit(status=200)
    assert "440307197312091146" in page
    site.drain()

    def audited(request):
        return list(audit.log_of(request).query(action="unit.reveal"))

    (entry,) = site.run(audited)
    assert entry["detail"]["reason"] == "核对产权人信息"


@pytest.mark.clause("MF-4.3.2A")
@pytest.mark.parametrize("words", ["孔东晓", "18616279736", "440307197312091146", "1栋1单元102"])
def test_unit_is_found_by_owner_phone_document_and_place(site, officer, community, words):
    import_small(site, officer, community)
    page = officer.get(f"{community}/owners")
    form = next(form for form in page.forms.values() if form.action.endswith("find"))
    form["words"] = words
    assert "1栋1单元102" in form.submit(status=200).html.select_one(".item-list").text


@pytest.mark.clause("BJ-G2.2")
def test_street_office_deletes_a_building_that_does_not_belong(site, officer, community):
    import_small(site, officer, community)
    address = f"{community}/buildings/b1"
    page = officer.get(address).click(href="/delete")
    delete_form(page).submit(status=303)

    def look(request):
        register = request.site["communities"]["haitang"]["owners"]
        kinds = {e["kind"] for e in register.events_of("b1/1-102")}
        return len(register.by_token), register.totals.units, kinds

    assert site.run(look) == (0, 0, {"registered", "removed"})
    officer.get(address, status=404)


@pytest.mark.clause("BJ-G2.2")
def test_building_stays_once_a_meeting_is_under_way(site, officer, community):
    import_small(site, officer, community)

    def launch(request):
        meeting = content.create("meeting", request)
        place = request.site["communities"]["haitang"]["meetings"]
        content.add(place, meeting, request)
        meeting.workflow_state = "voting"

    site.run(launch)
    address = f"{community}/buildings/b1"
    form = delete_form(officer.get(f"{address}/delete"))
    assert "不能再删除楼幢" in form.submit(status=409)
    assert officer.get(address).status_int == 200


@pytest.mark.clause("BJ-G2.4")
def test_sample_check_of_an_area_is_recorded(site, officer, community):
    import_small(site, officer, community)
    page = officer.get(f"{community}/buildings/b1/1-102")
    form = next(f for f in page.forms.values() if f.action.endswith("check-area"))
    page = form.submit(status=303).follow()
    assert "面积抽查" in page
    assert "2026-05-06" in page
