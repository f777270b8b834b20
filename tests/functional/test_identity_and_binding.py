"""An owner proves who he is and binds his units; everything wrong says why and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.conftest import SiteUnderTest
from tests.functional.owner_steps import PHONE, register, verify
from tests.functional.world import build_city

HAITANG = "haitang"


def owners(site: Any, *, houses: int = 1, co_owners: int = 1) -> list[dict[str, str]]:
    """Return the holders of the first unit with so many co-owners who each hold so many houses."""

    def look(request: Any) -> list[dict[str, str]]:
        register = request.site["communities"][HAITANG]["owners"]
        for unit in register.units():
            people = unit.owners(request.vault)
            held = [len(register.units_of(h.person)) for h in unit.holders]
            natural = all(p["id_kind"] == "resident_id" for p in people)
            if natural and held == [houses] * co_owners:
                return [
                    {
                        "name": person["name"],
                        "id_number": person["id_number"],
                        "unit": f"{HAITANG}/{unit.code}",
                        "building": unit.code.split("/")[0],
                        "label": unit.label,
                    }
                    for person in people
                ]
        raise AssertionError("the register has no such unit")

    return site.run(look)


@pytest.fixture
def city(open_site):
    """Return a site with its register."""
    build_city(open_site)
    return open_site


def account_of(site: Any, phone: str = PHONE) -> Any:
    return site.run(lambda request: vars(request.site.accounts.find(request.vault, phone)) | {})


@pytest.mark.clause("SZ-9.4", "BJ-O3.1", "EV-5.1.2")
def test_owner_verifies_and_binds_by_three_dependent_choices(city):
    [owner] = owners(city)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"])
    assert page.location.endswith("/me/bind")
    page = page.follow()
    form = page.forms["place"]
    assert [value for value, *_ in form["community"].options] == ["", HAITANG]
    form["community"] = HAITANG
    form = form.submit().forms["place"]
    form["building"] = owner["building"]
    page = form.submit()
    form = page.forms["place"]
    form["unit"] = owner["unit"]
    page = form.submit(status=303).follow()
    assert owner["label"] in page.text

    def look(request: Any) -> Any:
        account = request.site.accounts.find(request.vault, PHONE)
        community = request.site["communities"][HAITANG]
        unit = community["owners"].unit(owner["unit"].partition("/")[2])
        return account.grants, account.id, community.scope_id, unit.bindings, unit.register_state

    grants, account_id, scope, bindings, state = city.run(look)
    assert grants == (("owner", scope),)
    assert [binding.account_id for binding in bindings] == [account_id]
    assert state == "authenticated"


@pytest.mark.clause("SZ-9.4")
def test_nobody_binds_before_verification(city):
    [owner] = owners(city)
    browser = register(city)
    page = browser.get("/me/bind", status=303)
    assert page.location.endswith("/me/identity")
    token = browser.get("/me/identity").forms["form"]["csrf_token"].value
    page = browser.post("/me/bind", {"unit": owner["unit"], "csrf_token": token}, status=403)
    assert "请先核对身份" in page.text


@pytest.mark.clause("SZ-9.4")
def test_unit_of_another_owner_is_refused_with_what_to_do(city):
    [owner] = owners(city)
    [other, _] = owners(city, co_owners=2)
    browser = register(city)
    verify(browser, owner["name"], owner["id_number"])
    page = browser.get(f"/me/bind?community={HAITANG}&building={other['building']}")
    form = page.forms["place"]
    form["unit"] = other["unit"]
    page = form.submit(status=403)
    assert "名册里这套房屋的业主不是您" in page.text
    assert "联系召集人或街道办事处" in page.text


@pytest.mark.clause("BJ-O3.1")
def test_unknown_unit_is_refused(city):
    [owner] = owners(city)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"]).follow()
    token = page.forms["own-units"]["csrf_token"].value
    for unit in ("", "haitang", "haitang/b1", "haitang/b1/0", "nowhere/b1/1-101", "../../x"):
        browser.post("/me/bind", {"unit": unit, "csrf_token": token}, status=422)


@pytest.mark.clause("BJ-OQ13.1")
def test_all_houses_of_one_owner_are_bound_at_once(city):
    [owner] = owners(city, houses=2)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"]).follow()
    form = page.forms["own-units"]
    boxes = form.fields["unit"]
    assert len(boxes) == 2
    assert not any(box.checked for box in boxes)
    for box in boxes:
        box.checked = True
    page = form.submit(status=303).follow()
    assert owner["label"] in page.text
    assert "own-units" not in browser.get("/me/bind").forms


def test_co_owners_may_both_bind(city):
    first, second = owners(city, co_owners=2)
    for number, person in enumerate((first, second)):
        browser = register(city, f"1380013800{number}")
        page = verify(browser, person["name"], person["id_number"]).follow()
        form = page.forms["own-units"]
        form["unit"].checked = True
        form.submit(status=303)
    count = city.run(
        lambda request: len(
            request.site["communities"][HAITANG]["owners"]
            .unit(first["unit"].partition("/")[2])
            .bindings
        )
    )
    assert count == 2


@pytest.mark.clause("EV-5.1.2")
@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"id_number": "wrong digit"}, "校验码不对"),
        ({"id_number": "123"}, "位数或格式不对"),
        ({"name": "赵不存在"}, "可能的原因和办法"),
        ({"id_kind": "passport"}, "可能的原因和办法"),
    ],
)
def test_wrong_identity_is_refused_and_says_what_to_do(city, change, text):
    [owner] = owners(city)
    if change.get("id_number") == "wrong digit":
        number = owner["id_number"]
        change = {"id_number": number[:-1] + ("1" if number[-1] != "1" else "2")}
    browser = register(city)
    values = {"name": owner["name"], "id_number": owner["id_number"]} | change
    page = verify(browser, status=422, **values)
    assert text in page.text
    assert "verified_at" not in account_of(city)


@pytest.mark.clause("EV-5.1.2")
def test_unknown_person_and_wrong_name_get_the_same_answer(city):
    [owner] = owners(city)
    browser = register(city)
    wrong_name = verify(browser, "赵不存在", owner["id_number"], status=422)
    unknown = verify(browser, "赵不存在", "110101199003072615", status=422)

    def reasons(page: Any) -> list[str]:
        return [item.get_text() for item in page.html.select("[role=alert] li")]

    assert reasons(wrong_name) == reasons(unknown) != []


@pytest.mark.clause("C-23", "BJ-OQ13.1", "BJ-OQ14")
def test_one_number_stands_for_one_owner_and_one_owner_for_one_number(city):
    first, second = owners(city, co_owners=2)
    browser = register(city)
    verify(browser, first["name"], first["id_number"])
    other = register(city, "13800138009")
    page = verify(other, first["name"], first["id_number"], status=409)
    assert "另一个手机号码" in page.text

    def again(request: Any) -> str:
        from content_types.unit import person_token
        from portal.errors import PortalError

        account = request.site.accounts.find(request.vault, PHONE)
        try:
            request.site.accounts.claim_person(
                account, person_token(request.vault, second["id_number"])
            )
        except PortalError as error:
            return error.clause
        return ""

    assert city.run(again) == "EV-5.1.2"


@pytest.mark.clause("SZ-9.1")
def test_without_face_service_nobody_is_verified_on_line_where_the_rules_ask_for_it(
    tmp_path, moved_clock
):
    site = SiteUnderTest(tmp_path, **{"yitang.limits": "off"})
    build_city(site)
    [owner] = owners(site)
    browser = register(site)
    page = verify(browser, owner["name"], owner["id_number"], status=422)
    assert "人脸核验" in page.text
    assert "现场核验" in page.text
    assert "verified_at" not in account_of(site)
    assert account_of(site)["identity_failed_at"] is not None
    site.close()


@pytest.mark.clause("SZ-9.1")
def test_record_says_that_the_face_was_left_out(city):
    [owner] = owners(city)
    browser = register(city)
    assert "未接入人脸核验服务" in browser.get("/me/identity").text
    verify(browser, owner["name"], owner["id_number"])
    assert account_of(city)["verified_by"] == "face_and_sms+face_off"
    assert "未做人脸核验" in browser.get("/me/identity").text


def test_stored_account_holds_neither_name_nor_number_in_the_clear(city):
    [owner] = owners(city)
    browser = register(city)
    verify(browser, owner["name"], owner["id_number"])
    stored = repr(account_of(city)).encode() + (city.folder / "db" / "Data.fs").read_bytes()
    for secret in (owner["id_number"], PHONE, owner["name"]):
        assert secret.encode() not in stored


def test_last_unbinding_takes_the_role_away(city):
    [owner] = owners(city)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"]).follow()
    form = page.forms["own-units"]
    form["unit"].checked = True
    page = form.submit(status=303).follow()
    form = page.forms["unbind-0"]
    form.submit(status=303)
    assert account_of(city)["grants"] == ()
    token = browser.get("/me/bind").forms["own-units"]["csrf_token"].value
    browser.post("/me/unbind", {"unit": owner["unit"], "csrf_token": token}, status=409)


@pytest.mark.clause("SZ-31", "BJ-O3.2")
def test_organisation_is_told_to_send_its_agent(city):
    def look(request: Any) -> dict[str, Any]:
        register = request.site["communities"][HAITANG]["owners"]
        people = (person for unit in register.units() for person in unit.owners(request.vault))
        return next(one for one in people if one["id_kind"] == "credit_code")

    owner = city.run(look)
    browser = register(city)
    page = verify(browser, owner["name"], owner["id_number"], id_kind="credit_code", status=422)
    assert "单位业主请由经办人" in page.text
    assert "verified_at" not in account_of(city)


def test_strange_input_gets_an_answer_and_changes_nothing(city):
    [owner] = owners(city)
    browser = register(city)
    verify(browser, owner["name"], owner["id_number"])
    token = browser.get("/me/bind").forms["own-units"]["csrf_token"].value
    strange = ("\x00", "\u202e" * 50, "a" * 5000, "../..", "<script>", "%00", "💥", "haitang//")
    for text in strange:
        for path, field in (
            ("/me/bind", "unit"),
            ("/me/unbind", "unit"),
            ("/me/devices", "end"),
            ("/me/phone", "phone"),
            ("/me/notifications", "quiet_from"),
            ("/me/profile", "email"),
            ("/me/password", "password"),
            ("/me/again", "password"),
        ):
            answer = browser.post(path, {field: text, "csrf_token": token}, expect_errors=True)
            assert 400 <= answer.status_int < 500, (path, text)
        for path in ("/me/bind", "/messages", "/votes", "/accounts", "/outbox", "/audit"):
            query = {"community": text, "building": text, "page": text, "show": text, "q": text}
            assert browser.get(path, query, expect_errors=True).status_int < 500, (path, text)
    assert "grants" not in account_of(city)
