"""An owner whom the register does not know shows papers; a reviewer decides (BJ-O4, EV-5.3.3)."""

from __future__ import annotations

import pytest
from webtest import Upload

from portal import audit
from portal.security import Role
from tests.functional.owner_steps import register, verify
from tests.functional.test_account_admin import scope
from tests.functional.test_identity_and_binding import account_of, owners
from tests.functional.test_office_request import step
from tests.functional.world import build_city, photo

PAGE = "/me/identity/proof"
STRANGER = ("李补录", "110101199003070011")


def valid_number(body="11010119900307001"):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def use(site, profile):
    def change(request):
        request.site["communities"]["haitang"].profile_id = profile

    site.run(change)


@pytest.fixture
def city(open_site):
    """Return a site whose community follows the rules of Beijing."""
    build_city(open_site)
    use(open_site, "beijing-2019")
    open_site.make_account("district", (Role.DISTRICT_OFFICER, scope(open_site, *OFFICE)))
    return open_site


OFFICE = ("offices", "city", "district")


def unit_like(site, *, holders):
    """Return the code of a sold unit with so many registered holders."""

    def look(request):
        for unit in request.site["communities"]["haitang"]["owners"].units():
            if len(unit.holders) == holders and not unit.unsold:
                return unit.code
        raise AssertionError

    return site.run(look)


def clear(site, code):
    """Take the owners of a unit out, as where the paper register was never typed in."""

    def change(request):
        register = request.site["communities"]["haitang"]["owners"]
        unit = register.unit(code)
        for holder in unit.holders:
            register.by_token.pop(f"person:{holder.person}", None)
        unit.holders = ()

    site.run(change)


def show_papers(browser, code, name, number, status=303, **values):
    page = browser.get(f"{PAGE}?community=haitang&unit={code}")
    form = page.forms["form"]
    form["name"], form["id_number"] = name, number
    form["id_kind"] = values.get("id_kind", "resident_id")
    form["title_kind"] = values.get("title_kind", "deed")
    form["consent"].checked = values.get("consent", True)
    pictures = {kind: values.get(kind, photo()) for kind in ("identity", "identity_back", "title")}
    for field, (kind, data) in zip(form.fields["upload"], pictures.items(), strict=True):
        if data:
            field.value = Upload(f"{kind}.jpg", data)
    return form.submit("save", status=status)


def path_of(response):
    return response.location.removeprefix("http://localhost")


@pytest.mark.clause("BJ-O4.1", "BJ-O3.3")
def test_papers_are_offered_only_after_a_failed_try(city):
    browser = register(city)
    page = browser.get(PAGE, status=403)
    assert "没有通过的，才能上传材料" in page.text
    page = browser.get(f"{PAGE}?community=haitang", status=403)
    assert PAGE not in browser.get("/me/identity").text
    page = verify(browser, STRANGER[0], valid_number(), status=422)
    assert "人工核验" in page.text
    assert PAGE in page.text
    form = browser.get(PAGE).forms["place"]
    form["community"] = "haitang"
    form = form.submit().forms["place"]
    form["building"] = form["building"].options[1][0]
    page = form.submit().forms["place"].submit()
    assert page.status_int == 200


@pytest.mark.clause("SZ-N3")
def test_papers_are_not_taken_on_line_in_shenzhen(city):
    use(city, "shenzhen-draft-2019")
    browser = register(city)
    verify(browser, STRANGER[0], valid_number(), status=422)
    assert "带原件到现场" in browser.get(PAGE, status=403).text
    assert "带原件到现场" in browser.get(f"{PAGE}?community=haitang", status=403).text


@pytest.mark.clause("BJ-O4.2", "BJ-O4.3", "EV-5.3.3")
def test_one_missing_paper_or_a_wrong_kind_is_refused_with_its_field(city):
    browser = register(city)
    code = unit_like(city, holders=1)
    verify(browser, STRANGER[0], valid_number(), status=422)
    for wrong in ({"identity": b""}, {"title": b""}, {"title": b"no picture"}, {"consent": False}):
        page = show_papers(browser, code, STRANGER[0], valid_number(), status=422, **wrong)
        assert page.html.select("[aria-invalid=true]"), wrong
    page = show_papers(browser, code, STRANGER[0], "110101199003070010", status=422)
    assert "校验码" in page.text
    kinds = [value for value, *_ in page.forms["form"]["title_kind"].options]
    assert kinds == ["deed", "contract"]
    assert {"resident_id", "passport", "military_id"} <= {
        value for value, *_ in page.forms["form"]["id_kind"].options
    }


@pytest.mark.clause("BJ-OQ3", "BJ-O4.4", "EV-5.3.3", "EV-11.5.3")
def test_approved_papers_complete_the_register_and_let_the_owner_bind(city, moved_clock):
    code = unit_like(city, holders=1)
    clear(city, code)
    browser = register(city)
    number = valid_number()
    verify(browser, STRANGER[0], number, status=422)
    path = path_of(show_papers(browser, code, STRANGER[0], number))
    assert browser.get(PAGE, status=303).location.endswith(path)
    blobs = [p.read_bytes() for p in (city.folder / "db" / "blobs").rglob("*.blob")]
    assert blobs
    assert not any(data.startswith(b"\xff\xd8") for data in blobs)
    browser.get(f"{path}picture/identity", status=403)
    neighbour = register(city, "13800138077")
    neighbour.get(path, status=403)
    neighbour.get(f"{path}picture/identity", status=403)
    city.logged_in("convenor").get(path, status=403)
    street = city.logged_in("street")
    assert path in street.get("/queue").text
    page = street.get(path)
    assert number in page.text
    assert "没有业主信息" in page.text
    assert street.get(f"{path}picture/title").body.startswith(b"\xff\xd8")
    step(street, path, "approve")
    assert number not in street.get(path).text
    account = account_of(city)
    assert account["verified_by"].startswith("manual_review:")
    form = browser.get("/me/bind").forms["own-units"]
    form["unit"].checked = True
    form.submit(status=303)

    def look(request):
        register = request.site["communities"]["haitang"]["owners"]
        event = register.events_of(code)[0]
        return event["source"][0], [one["action"] for one in audit.entries(request)]

    city.drain()
    page = browser.get(path)
    looks = [item.get_text(" ") for item in page.html.select("#looks ~ ul li")]
    assert len(looks) == 1
    assert "街道办事处" in looks[0]
    source, actions = city.run(look)
    assert source == "proof"
    assert actions.count("pictures.view") == 1
    assert {"identity_proof.look", "identity_proof.approve", "identity.verified"} <= set(actions)
    moved_clock.forward(days=31)
    city.drain()
    item = city.run(lambda r: vars(r.site["communities"]["haitang"]["identity_proofs"]["2026-001"]))
    assert all(picture.stored is None for picture in item["pictures"])
    assert all(picture.sha256 for picture in item["pictures"])


@pytest.mark.clause("BJ-OQ3")
def test_mistyped_number_is_corrected_and_another_name_is_not_overwritten(city):
    [owner] = owners(city)
    code = owner["unit"].partition("/")[2]
    number = valid_number()
    browser = register(city)
    verify(browser, owner["name"], number, status=422)
    path = path_of(show_papers(browser, code, owner["name"], number))
    street = city.logged_in("street")
    assert "同名业主" in street.get(path).text
    step(street, path, "approve")
    assert account_of(city)["verified_at"] is not None
    other = register(city, "13800138055")
    stranger = valid_number("11010119900307009")
    verify(other, STRANGER[0], stranger, status=422)
    path = path_of(show_papers(other, code, STRANGER[0], stranger))
    page = street.get(path)
    assert "登记的是别人" in page.text
    page = step(street, path, "approve", status=409)
    assert "先申请更正名册" in page.text
    assert account_of(city, "13800138055").get("verified_at") is None


@pytest.mark.clause("BJ-O4.2", "EV-5.3.3")
def test_papers_go_back_with_a_reason_of_the_list_and_can_be_shown_again(city):
    code = unit_like(city, holders=1)
    browser = register(city)
    verify(browser, STRANGER[0], valid_number(), status=422)
    path = path_of(show_papers(browser, code, STRANGER[0], valid_number()))
    district = city.logged_in("district")
    step(district, path, "return", status=422, comment="不行")
    form = district.get(f"{path}send-back").forms["form"]
    assert len(form["reason"].options) == 6
    form["reason"] = "unreadable"
    form.submit("save", status=303)
    page = browser.get(path)
    assert "看不清" in page.text
    assert PAGE in page.text
    again = path_of(show_papers(browser, code, STRANGER[0], valid_number()))
    assert again != path
    step(browser, again, "withdraw")
    gone = city.run(
        lambda r: r.site["communities"]["haitang"]["identity_proofs"]["2026-002"].pictures
    )
    assert all(picture.stored is None for picture in gone)


@pytest.mark.clause("BJ-O4.4")
def test_reviewer_proves_himself_before_he_sees_papers_and_is_reminded_in_time(city, moved_clock):
    code = unit_like(city, holders=1)
    browser = register(city)
    verify(browser, STRANGER[0], valid_number(), status=422)
    path = path_of(show_papers(browser, code, STRANGER[0], valid_number()))
    street = city.logged_in("street")
    moved_clock.forward(minutes=11)
    assert "/me/again" in street.get(path, status=303).location
    assert "/me/again" in street.get(f"{path}picture/title", status=303).location
    moved_clock.forward(days=6)
    city.drain()
    assert "超期未审" in city.logged_in("street").get("/messages").text


@pytest.mark.clause("EV-4.1.7", "EV-5.3.3")
def test_generic_rules_offer_papers_beside_the_register_at_once(city):
    use(city, "generic")
    browser = register(city)
    page = browser.get("/me/identity")
    assert PAGE in page.text
    ways = [item.get_text() for item in page.html.select("#ways ~ ol li")]
    assert len(ways) == 2
    code = unit_like(city, holders=1)
    path = path_of(show_papers(browser, code, STRANGER[0], valid_number(), title_kind="other"))
    city.logged_in("district").get(f"{path}picture/title", status=403)


@pytest.mark.clause("BJ-O3.2", "BJ-OQ2")
def test_organisation_and_passport_use_the_other_method_and_are_told_so(city):
    def look(request):
        for unit in request.site["communities"]["haitang"]["owners"].units():
            for owner in unit.owners(request.vault):
                if owner["id_kind"] == "credit_code":
                    return owner["name"], owner["id_number"]
        raise AssertionError

    name, number = city.run(look)
    browser = register(city)
    page = verify(browser, name, number, status=422)
    assert "其他认证" in page.text
    verify(browser, name, number, "credit_code")
    assert account_of(city)["verified_by"] == "other_document"
