"""The pages of a community's facilities, and who may do what there."""

import pytest
from transaction.interfaces import DoomedTransaction

from portal import content
from portal.security import Role, permits


def test_stranger_sees_nothing(estate):
    path = estate.register()
    stranger = estate.logged_in("stranger")
    for place in (f"{estate.home}", path, f"{path}live"):
        stranger.get(place, status=403)


def test_device_page_shows_value_curve_table_and_limit(alarmed):
    page = alarmed.engineer.get(alarmed.device_path)
    assert "3.80 m" in page
    svg = page.html.find("svg", {"role": "img"})
    assert svg.find("polyline")
    assert "最低 2.40 m，最高 3.80 m" in svg["aria-label"]
    assert svg.find("line", {"stroke": "#b0281d"})
    rows = page.html.select("table.data tbody tr")
    assert [cell.text for cell in rows[-1].select("td.number")] == ["2.40", "3.80", "3.80"]


def test_live_part_is_a_fragment_with_its_own_address(alarmed):
    page = alarmed.engineer.get(alarmed.device_path)
    live = page.html.find(id="live")
    fragment = alarmed.engineer.get(live["hx-get"])
    assert fragment.html.find(id="live")["hx-trigger"] == "every 5s"
    assert fragment.html.find("html") is None
    assert "3.80 m" in fragment


def test_overview_counts_and_puts_alarms_first(alarmed):
    alarmed.register("A电梯", "lift")
    page = alarmed.engineer.get(f"{alarmed.home}")
    titles = [link.text for link in page.html.select("section[aria-labelledby=devices-title] li a")]
    assert titles == ["1号水箱", "A电梯"]
    for section in ("devices", "alarms", "orders"):
        assert "1号水箱" in alarmed.engineer.get(f"{alarmed.home}/{section}")


def test_pages_speak_english(alarmed):
    page = alarmed.engineer.get(alarmed.device_path, headers={"Accept-Language": "en"})
    assert "Live values" in page
    assert "Level" in page
    assert "In alarm" in page


def test_reading_of_yesterday_is_in_the_day_range_only(alarmed):
    alarmed.clock.forward(hours=2)
    engineer = alarmed.logged_in("eng")
    hour = engineer.get(alarmed.device_path)
    assert "这段时间没有数据" in hour
    day = engineer.get(alarmed.device_path, {"range": "day"})
    assert day.html.find("polyline")
    assert "这段时间没有数据" in engineer.get(alarmed.device_path, {"range": "<x>"})


# Who may what, by type and state; whoever is not named may not. Written out on purpose: this is
# the table the workflows and the permissions are held against.
READERS = {
    *("owner", "convenor", "residents_committee"),
    *("street_officer", "engineer", "supervisor", "service_staff"),
}
RIGHTS = [
    ("device", "in_service", "content:edit", {"engineer"}),
    ("device", "in_service", "content:delete", set()),
    ("device", "in_service", "device:add", {"engineer"}),
    ("device", "in_service", "device:credential", {"engineer"}),
    ("device", "in_service", "alarm_rule:add", {"engineer"}),
    ("device", "retired", "content:edit", set()),
    ("device", "retired", "content:delete", set()),
    *(("alarm", state, "content:edit", set()) for state in ("raised", "acknowledged", "cleared")),
    ("alarm", "raised", "content:delete", set()),
    ("alarm", "raised", "alarm:acknowledge", {"engineer"}),
    ("work_order", "open", "content:edit", {"engineer", "convenor"}),
    *(
        ("work_order", state, "content:edit", set())
        for state in ("assigned", "in_progress", "done", "signed_off", "cancelled")
    ),
    ("work_order", "open", "content:delete", set()),
    ("work_order", "open", "work_order:add", {"engineer", "convenor", "owner"}),
    ("work_order", "open", "work_order:work", {"engineer"}),
    ("work_order", "open", "work_order:dispatch", {"engineer", "convenor"}),
    ("work_order", "done", "work_order:sign_off", {"convenor", "supervisor"}),
    *(
        (name, state, "content:view", READERS)
        for name, state in (
            ("device", "in_service"),
            ("device", "retired"),
            ("alarm", "raised"),
            ("alarm", "cleared"),
            ("work_order", "open"),
            ("work_order", "signed_off"),
        )
    ),
]


def test_rights_are_those_of_the_table_for_every_role(alarmed):
    def held(request):
        place = request.site["communities"][alarmed.name]
        scope = place.scope_id
        sections = {"device": "devices", "alarm": "alarms", "work_order": "orders"}
        found = []
        for name, state, permission, _ in RIGHTS:
            item = next(iter(place["facilities"][sections[name]].values()))
            item.workflow_state = state
            roles = {r.value for r in Role if permits(item, permission, {f"{r.value}@{scope}"})}
            foreign = permits(item, permission, {f"{r.value}@elsewhere" for r in Role})
            anyone = permits(item, permission, {"everyone", "authenticated"})
            found.append((name, state, permission, roles | ({"!"} if foreign or anyone else set())))
        request.tm.doom()
        return found

    with pytest.raises(DoomedTransaction):
        alarmed.run(lambda request: alarmed.__setattr__("rights", held(request)))
    assert alarmed.rights == RIGHTS


def test_long_lists_are_shown_page_by_page_and_odd_page_numbers_do_no_harm(estate):
    def fill(request):
        orders = request.site["communities"][estate.name]["facilities"]["orders"]
        for number in range(25):
            order = content.create("work_order", request, title=f"报修{number:02d}")
            content.add(orders, order, request)

    estate.run(fill)
    first = estate.engineer.get(f"{estate.home}/orders")
    second = estate.engineer.get(f"{estate.home}/orders?page=2")
    titles = [
        link.text for page in (first, second) for link in page.html.select("a.item-list__title")
    ]
    assert sorted(titles) == [f"报修{number:02d}" for number in range(25)]
    for odd in ("0", "-1", "x", "9999999999", "٣", "99"):
        estate.engineer.get(f"{estate.home}/orders", {"page": odd})
