"""The offices, the community, its register and its first owners."""

from __future__ import annotations

import json
import re

import pytest
from webtest import Upload

from tests.functional import owner_steps
from tests.functional.conftest import PASSWORD
from tests.functional.story_steps import (
    CO_OWNED,
    DATA,
    HOME,
    SINGLE,
    fill,
    holders,
)

FACTS = json.loads((DATA / "register-facts.json").read_text("utf-8"))


# 1. Offices, community, register.


def appoint(story, browser, login, role, place):
    """Let somebody make an account with a role, and its holder set the password by the link."""
    form = browser.get("/accounts/new").forms["form"]
    form["login"], form["role"] = login, role
    form["scope"] = next(v for v, _, words in form["scope"].options if words.endswith(place))
    link = re.search(r"/setup/[\w.-]+", form.submit("save", status=200).text)[0]
    set_password(story.site.browser(), link)
    return story.log_in(login)


def set_password(browser, link):
    """Set the first password of an account by its single-use link."""
    form = browser.get(link).forms["form"]
    form["password"] = PASSWORD
    form.submit("save", status=303)
    return browser


def test_municipal_officer_creates_the_offices_and_the_community_and_appoints(story):
    administrator = set_password(story.site.browser(), story.site.setup_path)
    municipal = appoint(story, administrator, "municipal", "municipal_officer", "议堂")
    place = "/offices/"
    for kind, title in (
        ("district", "南山区住房和建设局"),
        ("street", "粤海街道办事处"),
        ("residents_committee", "海棠社区居民委员会"),
    ):
        made = fill(municipal, f"{place}add/office", title=title, kind=kind, phone="0755-26000000")
        place = made.location
    assert "海棠社区居民委员会" in story.anybody.get(place).text
    form = municipal.get("/communities/add/community").forms["form"]
    form["title"], form["address"] = "海棠花园", "海棠路 1 号"
    form["slug"], form["profile_id"] = "haitang-huayuan", "shenzhen-draft-2019"
    form["office_oid"] = next(
        value for value, _, words in form["office_oid"].options if "海棠社区" in words
    )
    form["has_committee"] = True
    assert form.submit("save", status=303).location.endswith(HOME)
    assert "海棠花园" in story.anybody.get(HOME).text
    street = appoint(story, municipal, "street", "street_officer", "粤海街道办事处")
    appoint(story, street, "residents", "residents_committee", "海棠社区居民委员会")
    appoint(story, street, "records", "records_officer", "海棠花园")


def upload(browser, name):
    form = browser.get(f"{HOME}owners/import").forms
    form = next(f for f in form.values() if f.enctype == "multipart/form-data")
    form["file"] = Upload(name, (DATA / name).read_bytes())
    return form.submit(status=303).follow()


def decide(story, browser, page, choice):
    form = page.forms["decide-form"]
    form["choice"] = choice
    page = form.submit(status=303).follow()
    story.site.drain()
    return browser.get(page.request.path)


@pytest.mark.clause("SZ-7.2")
def test_street_officer_imports_the_register_with_its_published_totals(story):
    street = story.log_in("street")
    preview = upload(street, "register-clean.xlsx")
    assert "1,220" in preview.text
    assert story.look(lambda community, _r: community["owners"].totals.units) == 0
    done = decide(story, street, preview, "good")
    assert "导入完成" in done.text
    for number in ("1,220", "1,466", "126,286.15", "1,136"):
        assert number in done.text
    found = story.look(lambda community, _r: community["owners"].totals)
    assert found.units == FACTS["units"]
    assert found.area == FACTS["area_hundredths"]
    assert found.heads == FACTS["heads_one_per_owner_group"]
    assert found.unsold_units == FACTS["unsold_units"]


def test_same_file_again_changes_nothing_and_says_so(story):
    street = story.browsers["street"]
    before = story.look(lambda community, _r: community["owners"].revision)
    done = decide(story, street, upload(street, "register-clean.xlsx"), "good")
    assert "没有任何改动" in done.text
    assert story.look(lambda community, _r: community["owners"].revision) == before


def test_dirty_file_lists_every_defect_and_nothing_comes_in_by_choice(story):
    street = story.browsers["street"]
    before = story.look(lambda community, _r: community["owners"].revision)
    preview = upload(street, "register-dirty.xlsx")
    rows = {int(row.th.text) for row in preview.html.select("#findings ~ table tbody tr")}
    assert rows == {defect["row"] for defect in FACTS["dirty"]["defects"]}
    assert "已放弃" in decide(story, street, preview, "nothing").text
    assert story.look(lambda community, _r: community["owners"].revision) == before


def test_names_and_numbers_of_owners_are_not_readable_in_the_stored_file(story):
    stored = (story.site.folder / "db" / "Data.fs").read_bytes()
    for person in holders(CO_OWNED):
        assert person["name"].encode() not in stored
        assert person["number"].encode() not in stored
        assert person["phone"].encode() not in stored


# 2. Owners register, verify and bind.


def code_in_outbox(story, phone):
    """Return the newest code for a number, as anybody reads it in the demo's visible outbox."""
    page = story.site.browser().get("/outbox")
    masked = f"{phone[:3]}****{phone[-4:]}"
    lines = [li.get_text(" ") for li in page.html.select(".item-list > li")]
    return next(re.search(r"\b\d{6}\b", line)[0] for line in lines if masked in line)


def bind(browser, unit):
    """Find a unit by three dependent choices and bind it."""
    building, room = unit[:2], unit[2:]
    page = browser.get("/me/bind")
    for words in ("海棠花园", building):
        form = page.forms["place"]
        name = next(
            n
            for n in ("unit", "building", "community")
            if n in form.fields and hasattr(form[n], "options")
        )
        form[name] = next(v for v, _, text in form[name].options if text == words)
        page = form.submit()
    form = page.forms["place"]
    form["unit"] = next(v for v, _, text in form["unit"].options if text == room)
    return form


@pytest.mark.clause("SZ-9.1")
def test_owners_register_verify_against_the_register_and_bind_their_units(story):
    people = {"xiong": holders(CO_OWNED)[1], "ye": holders(CO_OWNED)[0], "kong": holders(SINGLE)[0]}
    for name, person in people.items():
        browser = story.browsers[name] = story.site.browser()
        page = owner_steps.ask_code(browser, "/register", person["phone"]).follow()
        wrong = owner_steps.enter_code(page, "000000", status=422)
        assert wrong.html.find(attrs={"data-error-summary": True})
        story.site.drain()
        code = code_in_outbox(story, person["phone"])
        page = owner_steps.enter_code(page, code).follow()
        form = page.forms["form"]
        form["password"] = PASSWORD
        form["consent"].checked = True
        form.submit("save", status=303)

        refused = owner_steps.verify(browser, "张三丰", person["number"], status=422)
        assert "没有核对上" in refused.text
        assert "街道办事处" in refused.text
        owner_steps.verify(browser, person["name"], person["number"])
        own = CO_OWNED if name != "kong" else SINGLE
        other = SINGLE if name != "kong" else CO_OWNED
        reasons = bind(browser, other).submit(expect_errors=True)
        assert reasons.status_int in (403, 409, 422)
        assert "不能绑定" in reasons.text
        bind(browser, own).submit(status=303)
        assert own in browser.get("/me").text
        story.phones[name] = person["phone"]
