"""Motions start from texts of the place, are filled in, and every version can be compared."""

import pytest
from webtest import Upload

from portal.rules.motion_template import load_templates, templates_of
from portal.rules.vocabulary import STATUTORY_ITEMS
from tests.functional.test_meeting_procedure import confirm, enter_meeting, read_twice, step
from tests.functional.world import build_city
from tests.unit.rules.conftest import WORKFLOWS


@pytest.fixture
def meeting(site):
    city = build_city(site)
    convenor = site.logged_in("convenor")
    confirm(convenor, city)
    return convenor, enter_meeting(convenor, city)


@pytest.mark.clause("CN-278.T")
def test_every_statutory_item_of_every_place_has_a_template(site):
    files = load_templates(WORKFLOWS / "templates")
    for profile in site.registry.profiles.values():
        found = {one.item for one in templates_of(files, profile).values()}
        assert found == {item for matter in profile.matters for item in matter.statutory}
        assert found <= set(STATUTORY_ITEMS)


@pytest.mark.clause("EV-6.2.2", "EV-6.5.2", "BJ-G7.3.4", "BJ-G7.3.5", "BJ-G7.3.6")
def test_motion_from_a_template_is_refused_until_its_blanks_are_filled(site, meeting):
    convenor, path = meeting
    page = convenor.get(path + "motion-templates").click("差额选举")
    form = page.forms["form"]
    assert form["mode"].value == "competitive"
    assert form["matter"].value == "committee_election"
    form["option_notes"] = "只有一行"
    assert "一一对应" in form.submit("save", status=422).text
    form["options"] = "周明远\n林秀英\n何建国"
    form["option_notes"] = "工程师\n教师\n退休会计"
    motion = form.submit("save", status=303).location
    assert "退休会计" in convenor.get(motion).text
    assert "还有空白" in step(convenor, path, "submit", status=422).text
    edit = convenor.get(motion + "edit").forms["form"]
    edit["description"] = "选举第四届业主委员会委员，应选两名。"
    edit.submit("save", status=303)
    step(convenor, path, "submit")
    convenor.get(path + "motion-templates", status=403)


@pytest.mark.clause("EV-6.8", "EV-6.1.1", "EV-6.1.2")
def test_convenor_compares_every_version_and_the_draft_before_the_launch(site, meeting):
    convenor, path = meeting
    street = site.logged_in("street")
    for place in ("会所一楼", "会所二楼"):
        form = convenor.get(path + "edit").forms["form"]
        form["place"] = place
        form.submit("save", status=303)
        step(convenor, path, "submit")
        step(street, path, "return", "请再核对")
    form = convenor.get(path + "edit").forms["form"]
    form["place"] = "会所三楼"
    form.submit("save", status=303)
    page = convenor.get(path + "compare")
    assert page.html.find("del").get_text().endswith("二")
    assert page.html.find("ins").get_text().endswith("三")
    assert len(page.html.select("section[aria-labelledby=c-versions] li")) == 3
    first = convenor.get(path + "compare?old=1&new=draft").html
    assert first.find("del").get_text().endswith("一")
    convenor.get(path + "compare?old=7", status=404)
    token = convenor.get(path).html.find("input", {"name": "csrf_token"})["value"]
    convenor.post(path + "2026-001/delete", {"csrf_token": token}, status=303)
    assert "聘请物业服务企业" not in convenor.get(path).text
    read_twice(convenor, path)
    assert "SZ-12.1" in step(convenor, path, "submit", status=422).text


def test_amount_is_entered_and_shown_in_yuan_and_kept_in_fen(site, meeting):
    convenor, path = meeting
    motion = path + "2026-001/"
    form = convenor.get(motion + "edit").forms["form"]
    form["amount_fen"] = "486,000.5"
    form.submit("save", status=303)
    assert convenor.get(motion + "edit").forms["form"]["amount_fen"].value == "486000.50"
    assert "486,000.50" in convenor.get(motion + "history").text

    def kept(request):
        return request.site["communities"]["haitang"]["meetings"]["2026-001"].motions()[0]

    assert site.run(lambda request: kept(request).amount_fen) == 48_600_050
    form["amount_fen"] = "1.234"
    form.submit("save", status=422)


@pytest.mark.clause("EV-6.8")
def test_every_saved_change_of_a_draft_is_a_version_with_author_time_and_difference(site, meeting):
    convenor, path = meeting
    for place in ("会所一楼", "会所一楼", "会所二楼"):
        form = convenor.get(path + "edit").forms["form"]
        form["place"] = place
        form.submit("save", status=303)
    form = convenor.get(path + "2026-001/attach").forms["form"]
    form["title"], form["upload"] = "草案", Upload("d.txt", "草案".encode(), "text/plain")
    form.submit("save", status=303)
    token = convenor.get(path).html.find("input", {"name": "csrf_token"})["value"]
    convenor.post(path + "2026-001/delete", {"csrf_token": token}, status=303)
    lines = convenor.get(path + "compare").html.select("section[aria-labelledby=c-saved] li")
    # Meeting and motion entered, two of the three edits, the file, the removal.
    assert [line.find("a").get_text(strip=True) for line in lines] == [
        f"第 {number} 次修改" for number in (6, 5, 4, 3, 2, 1)
    ]
    assert "2026" in lines[0].get_text()
    changed = convenor.get(path + "compare?new=s4").html
    assert changed.find("del").get_text().endswith("一")
    assert changed.find("ins").get_text().endswith("二")
    assert convenor.get(path + "compare?new=s5").html.find("ins").get_text()
    removed = convenor.get(path + "compare?new=s6").html.find_all("del")
    assert any("聘请物业服务企业" in one.get_text() for one in removed)
    assert "聘请物业服务企业" in convenor.get(path + "compare?new=s2").text
    step(convenor, path, "submit", status=422)
    convenor.get(path + "compare?old=s1&new=s6")
    convenor.get(path + "compare?new=s7", status=404)
