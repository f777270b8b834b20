"""The national law behind every place: who counts, what counts, and what carries a motion.

Six owners of 100.00 m² each; four of them vote, which is exactly two thirds.
"""

import re
from datetime import UTC, datetime

import pytest

from portal import clock
from tests.functional import assembly
from tests.functional.assembly import Assembly
from tests.functional.conftest import MovedClock, SiteUnderTest
from tests.functional.register.steps import decide, upload
from tests.functional.test_result import sheets
from tests.functional.world import build_city

OWNERS = {
    **{room: ((name,), 10_000, False) for room, name in (("101", "anna"), ("102", "bo"))},
    **dict.fromkeys(("201", "202"), (("dora",), 5000, False)),
    **dict.fromkeys(("301", "302"), (("developer",), 5000, True)),
    **dict.fromkeys(("401", "402"), (("eve",), 5000, False)),
    **dict.fromkeys(("501", "502"), (("gao",), 5000, False)),
}
VOTERS = ("anna", "bo", "dora", "gao")
SERVICE = {"matter": "service_company"}
RAISE = {"matter": "maintenance_fund", "item": "maintenance_fund_raise"}
USE = {"matter": "maintenance_fund", "item": "maintenance_fund_use"}
# Matter, how many of the four agree, outcome by the Civil Code and by the Property Law.
CASES = (
    (SERVICE, 2, False, False),  # half of those who took part is not more than half
    (SERVICE, 3, True, False),  # more than half of four, exactly half of all six
    (SERVICE, 4, True, True),
    (RAISE, 2, False, False),
    (RAISE, 3, True, False),  # exactly three quarters of four
    (RAISE, 4, True, True),  # exactly two thirds of all six
    (USE, 3, True, False),  # an ordinary item since 2021, a special one before
)


def motions_of(cases):
    return tuple(
        {"title": f"议题{number}"} | values for number, (values, *_) in enumerate(cases, 1)
    )


def vote(site, path, name, agreed):
    """Mark every motion on the page and confirm; those not agreed to are voted against."""
    browser = site.logged_in(name)
    form = browser.get(path + "vote").forms["vote"]
    keys = sorted(key for key in form.fields if key and key.startswith("m-"))
    for key, yes in zip(keys, agreed, strict=True):
        form[key] = "for" if yes else "against"
    review = form.submit("step", index=0)
    confirm = next(one for one in review.forms.values() if "nonce" in one.fields)
    confirm.submit("step", index=0, status=303)


def decided(voting, cases, voters=VOTERS):
    """Let the voters vote on the cases; return the result page."""
    for place, name in enumerate(voters):
        vote(voting.site, voting.path, name, [place < agree for _, agree, *_ in cases])
    voting.close()
    return voting.site.logged_in("convenor").get(voting.path + "result")


def outcomes(page):
    """Return for each motion whether its chip says that it is carried."""
    lines = page.html.find(id="r-sum").find_parent("section").select("li .chip")
    return [not re.search("未|不足", one.get_text()) for one in lines]


def grounds(page, number):
    """Return the comparisons of a motion as the page prints them, and its clauses."""
    part = page.html.find(id=f"r-{number}").find_parent("section")
    table = next(one for one in part.select("table") if "结论依据" in one.get_text())
    rows = ["".join(row.get_text().split()) for row in table.select("tbody tr")]
    return rows, {one.get_text() for one in table.select(".clause")}


@pytest.mark.clause("CN-278.Q", "CN-278.S", "CN-278.G", "CN-278.T", "CN-1259", "C-21")
def test_of_those_who_take_part_at_least_counts_the_number_and_more_than_does_not(
    site, moved_clock
):
    voting = Assembly(site, moved_clock, "beijing-2019", motions_of(CASES), OWNERS).open()
    page = decided(voting, CASES)
    assert outcomes(page) == [civil for *_, civil, _ in CASES]
    keys = voting.look(lambda m: [one["motion"] for one in m.result.settings["motions"]])
    half, clauses = grounds(page, keys[0])
    assert "参与人数达到" in half[0]
    assert "4/6" in half[0]
    assert "≥2/3" in half[0]
    assert "2/4" in half[2]
    assert ">1/2" in half[2]
    assert "未达到" in half[2]
    assert clauses == {"CN-278.Q", "CN-278.G"}
    quarters, clauses = grounds(page, keys[4])
    assert "3/4" in quarters[2]
    assert "≥3/4" in quarters[2]
    assert "300.00/400.00" in quarters[3]
    assert "CN-278.S" in clauses


@pytest.mark.clause("CN-278.Q", "CN-1259")
def test_one_owner_fewer_than_two_thirds_decides_nothing(site, moved_clock):
    voting = Assembly(site, moved_clock, "beijing-2019", motions_of(CASES), OWNERS).open()
    page = decided(voting, CASES, VOTERS[:3])
    assert outcomes(page) == [False] * len(CASES)


@pytest.fixture
def year_2020(tmp_path, monkeypatch):
    """Return a site and its clock in May 2020, with the meeting in June."""
    source = MovedClock(datetime(2020, 5, 6, 1, 0, tzinfo=UTC))
    clock.set_clock(source)
    monkeypatch.setattr(assembly, "OPENS", "2020-06-20T09:00")
    monkeypatch.setattr(assembly, "CLOSES", "2020-07-01T18:00")
    under_test = SiteUnderTest(tmp_path)
    yield under_test, source
    under_test.close()
    clock.set_clock(None)


@pytest.mark.clause("CN-76", "CN-1259", "C-21")
@pytest.mark.parametrize("profile", ["beijing-2019", "shenzhen-draft-2019"])
def test_before_2021_the_same_ballots_are_measured_by_all_owners_and_all_area(year_2020, profile):
    site, source = year_2020
    cases = CASES
    if profile == "shenzhen-draft-2019":
        # There each item is a matter of its own, and who binds late votes on paper.
        cases = [({"matter": one.get("item", one["matter"])}, *rest) for one, *rest in CASES]
    units = OWNERS | {"502": (("anna",), 5000, False), "101": (("anna",), 5000, False)}
    units |= {"501": (("gao",), 10_000, False)}
    voting = Assembly(site, source, profile, motions_of(cases), units)
    site.run(lambda request: voting.bind(request, "anna", ("502",)))
    site.run(lambda request: voting.unit(request, "502").unbind(voting.ids["gao"]))
    source.forward(minutes=1)
    voting.open()
    page = decided(voting, cases)
    assert outcomes(page) == [property_law for *_, property_law in CASES]
    keys = voting.look(lambda m: [one["motion"] for one in m.result.settings["motions"]])
    half, clauses = grounds(page, keys[1])
    assert len(half) == 2
    assert "3/6" in half[0]
    assert ">1/2" in half[0]
    assert "300.00/600.00" in half[1]
    assert clauses == {"CN-76"}
    thirds, _ = grounds(page, keys[5])
    assert "4/6" in thirds[0]
    assert "≥2/3" in thirds[0]
    assert "未达到" not in "".join(thirds)


# Counting rule of the standard, how many of the voters agree, and whether that carries.
RULES = {
    4: (
        ("simple_majority", 2, False),
        ("simple_majority", 3, True),
        ("absolute_majority", 3, False),
        ("absolute_majority", 4, True),
        ("area_majority", 2, False),
        ("area_majority", 3, True),
    ),
    3: (("two_thirds", 1, False), ("two_thirds", 2, True), ("absolute_majority", 3, False)),
}


@pytest.mark.clause("EV-8.2.2", "EV-6.3.3", "EV-8.2.1")
@pytest.mark.parametrize("voters", RULES)
def test_same_ballots_pass_or_fail_at_the_boundary_of_each_rule(site, moved_clock, voters):
    cases = [
        ({"matter": "opinion_poll", "advisory": rule}, agree, carried)
        for rule, agree, carried in RULES[voters]
    ]
    voting = Assembly(site, moved_clock, "generic", motions_of(cases), OWNERS).notice()
    voting.give_roster()
    moved_clock.to(assembly.at(assembly.OPENS))
    site.drain()
    page = decided(voting, cases, VOTERS[:voters])
    titles = [one["title"] for one in motions_of(cases)]
    assert outcomes(page) == [carried for *_, carried in cases]
    text = page.html.main.get_text()
    names = {
        "simple_majority": "简单多数",
        "absolute_majority": "绝对多数",
        "two_thirds": "三分之二",
    }
    for rule, *_ in RULES[voters]:
        assert names.get(rule, "面积") in text
    # The file of the result says the same as the page.
    lines = voting.site.logged_in("convenor").get(voting.path + "result.csv").text.splitlines()
    said = [next(one for one in lines if one.startswith(f"{title},同意")) for title in titles]
    assert ["不足" not in line for line in said] == outcomes(page)


HEAD = "楼栋,单元,房号,用途,建筑面积,产权人,证件类型,证件号码,份额,面积来源,备注\n"


def register_line(room, owner, number, source="不动产登记簿", note="", area="100.00"):
    kind = "统一社会信用代码" if number.startswith("9") else "护照"
    return f"1栋,1单元,{room},住宅,{area},{owner},{kind},{number},100%,{source},{note}"


def take_in(site, paths, lines):
    page = upload(
        site.logged_in("street"),
        paths["community"].rstrip("/"),
        "r.csv",
        (HEAD + "\n".join(lines)).encode(),
    ).follow()
    decide(page, "good")
    site.drain()


def numbers(page):
    """Return the figures at the head of the page to confirm."""
    return "".join(page.html.main.get_text().split())


@pytest.mark.clause("CN-I9", "SZ-7.2")
def test_register_of_300_units_has_259_owners_and_every_area(site, moved_clock):
    paths = build_city(site, register="")
    rooms = [f"{floor}{flat:02d}" for floor in range(1, 31) for flat in range(1, 11)]
    lines = [
        register_line(room, "海棠置业有限公司", "91440300QPY36H144F", note="未售")
        for room in rooms[:40]
    ]
    lines += [register_line(room, "三房业主", "E10000000") for room in rooms[40:43]]
    lines += [
        register_line(room, f"业主{number}", f"E2{number:07d}")
        for number, room in enumerate(rooms[43:])
    ]
    take_in(site, paths, lines)
    page = site.logged_in("convenor").get(paths["community"] + "confirm")
    text = numbers(page)
    assert "户数300业主人数259专有部分总面积30,000.00" in text


@pytest.mark.clause("CN-I8")
def test_area_carries_its_source_into_the_roll_and_the_result_lists_what_no_register_says(
    open_site, moved_clock
):
    voting = Assembly(open_site, moved_clock, "beijing-2019", motions_of([(SERVICE,)]))

    def registered(request):
        for room in voting.units:
            voting.unit(request, room).area_source = "title_register"

    open_site.run(registered)
    take_in(
        open_site,
        voting.paths,
        [
            register_line("401", "测绘业主", "E30000001", "实测", area="60.00"),
            register_line("402", "合同业主", "E30000002", "购房合同", area="110.00"),
        ],
    )
    street = open_site.logged_in("street")
    building = voting.paths["community"] + "buildings/b1/"
    assert "实测" in street.get(building + "1-401/").html.main.get_text()
    assert "购房合同" in street.get(building + "1-402/").html.main.get_text()
    voting.notice()
    moved_clock.to(assembly.at(assembly.OPENS))
    open_site.drain()
    voting.cast("anna", m1=("for",))

    # What is measured anew after the opening changes nothing about this vote.
    open_site.run(lambda r: setattr(voting.unit(r, "401"), "area_source", "title_register"))
    voting.close()
    street = open_site.logged_in("street")
    facts = " ".join(street.get(voting.path + "result").html.aside.get_text(" ").split())
    assert "面积不取自不动产登记簿的房屋：实测 1 户" in facts
    assert "面积不取自不动产登记簿的房屋：购房合同 1 户" in facts
    assert "购房合同,1 户" in street.get(voting.path + "result.csv").text
    (rows,) = sheets(street.get(voting.path + "unit-results.xlsx"))
    areas = {row[0]: row[2] for row in rows}
    assert areas["1栋1单元401"] == "60.00（实测）"
    assert areas["1栋1单元402"] == "110.00（购房合同）"
    assert areas["1栋1单元101"] == "80.00"
