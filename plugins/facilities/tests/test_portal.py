"""The portal side: devices, alarms, work orders and their pages."""

import re

import pytest
from transaction.interfaces import DoomedTransaction

from plugins.facilities.tests.estate import PEOPLE, Estate
from portal import clock, content
from portal.security import Role, permits
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from yitang_facilities import credentials, registry
from yitang_facilities.alarm import alarm_name
from yitang_facilities.device import by_code, code_of
from yitang_facilities.message import parse_topic
from yitang_facilities.telemetry import TelemetryReader


@pytest.fixture(scope="module")
def moved_clock():
    source = MovedClock(START)
    clock.set_clock(source)
    yield source
    clock.set_clock(None)


@pytest.fixture(scope="module")
def portal_site(tmp_path_factory, moved_clock):
    folder = tmp_path_factory.mktemp("site")
    site = SiteUnderTest(folder, **{"yitang.plugins": "facilities"})
    site.browsers = {}
    for login in PEOPLE:
        site.make_account(login, kind="owner" if login in ("own", "stranger") else "staff")
    yield site
    site.close()


@pytest.fixture
def estate(portal_site, moved_clock):
    portal_site.drain()
    names = portal_site.run(lambda request: len(request.site["communities"]))
    return Estate(portal_site, moved_clock, f"hupan-{names + 1}")


@pytest.fixture
def alarmed(estate):
    """An estate whose tank has just raised its overflow alarm."""
    path = estate.register()
    code = estate.code(path)
    estate.feed(code, [(0, 2.4), (1, 3.8), (4, 3.8), (7, 3.8)])
    estate.clock.forward(seconds=10)
    estate.drain()
    estate.device_path, estate.device = path, code
    return estate


@pytest.mark.clause("PM-6.1.2-b")
def test_engineer_registers_a_device_with_the_rules_of_its_kind(estate):
    path = estate.register()
    page = estate.engineer.get(path)
    assert "1号水箱" in page
    assert "液位过高" in page
    assert "尚无数据" in page
    known = registry.read(estate.paths.registry).devices[estate.code(path)]
    assert known.community == estate.name
    assert {rule.rule for rule in known.rules} == {"overflow", "low-level"}


def test_owner_looks_but_registers_nothing(estate):
    path = estate.register()
    owner = estate.logged_in("own")
    assert "1号水箱" in owner.get(f"{estate.home}")
    assert "1号水箱" in owner.get(path)
    owner.get(f"{estate.home}/devices/add/device", status=403)


def test_stranger_sees_nothing(estate):
    path = estate.register()
    stranger = estate.logged_in("stranger")
    for place in (f"{estate.home}", path, f"{path}live"):
        stranger.get(place, status=403)


@pytest.mark.clause("PM-6.3-c")
def test_code_on_a_label_opens_the_device(estate):
    path = estate.register()
    code = estate.code(path)
    assert estate.engineer.get(f"/d/{code}", status=303).location.endswith(path)
    estate.engineer.get("/d/d-1", status=404)
    estate.engineer.get("/d/d-zz", status=404)
    estate.logged_in("stranger").get(f"/d/{code}", status=404)


def test_credential_is_shown_once_and_kept_as_a_hash(estate):
    path = estate.register()
    form = next(
        form
        for form in estate.engineer.get(path).forms.values()
        if form.action.endswith("/credential")
    )
    shown = form.submit()
    code = estate.code(path)
    estate.drain()
    stored = credentials.read(estate.paths.passwords)[code]
    words = re.findall(r"(?<![\w-])[\w-]{32}(?![\w-])", shown.text)
    (password,) = [word for word in words if credentials.check_password(word, stored)]
    assert password not in estate.engineer.get(path)
    assert "还没有接入凭据" not in estate.engineer.get(path)
    estate.engineer.get(f"{path}credential", status=404)


def test_convenor_makes_no_credential(estate):
    path = estate.register()
    convenor = estate.logged_in("con")
    token = convenor.get(path).html.find("input", {"name": "csrf_token"})["value"]
    convenor.post(f"{path}credential", {"csrf_token": token}, status=403)


@pytest.mark.clause("PM-6.4.3-d", "PM-7.7.1-a")
def test_alarm_of_a_device_becomes_one_work_order_and_engineers_are_told(alarmed):
    assert [state for _, state in alarmed.listed("alarms")] == ["raised"]
    assert [state for _, state in alarmed.listed("orders")] == ["open"]
    page = alarmed.engineer.get(alarmed.device_path)
    assert "液位过高" in page
    assert "待接单" in page

    def unread(request):
        account = request.site.accounts.find(request.vault, "eng2")
        return request.site.messages.inbox(account.id)

    told = alarmed.run(unread)[0]
    assert told.subject == "新工单：1号水箱：液位过高，有溢流风险"
    assert told.created_at == clock.now()


def test_transition_taken_over_leaves_the_outbox_of_ingest(alarmed):
    assert TelemetryReader(alarmed.paths.telemetry).transitions() == []


@pytest.mark.clause("PM-8.1.8-s2")
def test_transition_delivered_again_makes_no_second_alarm_or_order(estate):
    from yitang_facilities.alarm import apply
    from yitang_facilities.rules import Transition

    code = estate.code(estate.register())
    ms = int(clock.now().timestamp() * 1000)
    raised = Transition(code, "overflow", 1, "major", "raised", ms, ms, 3.8)
    for _ in range(3):
        estate.run(lambda request: apply(request, raised) and None)
        estate.drain()
    assert [name for name, _ in estate.listed("alarms")] == [alarm_name(raised)]
    assert len(estate.listed("orders")) == 1


@pytest.mark.clause("PM-8.4.4-c")
def test_alarm_clears_by_itself_and_keeps_its_record(alarmed):
    alarmed.feed(alarmed.device, [(second, 1.5) for second in range(0, 40, 5)])
    alarmed.clock.forward(seconds=60)
    alarmed.drain()
    ((name, state),) = alarmed.listed("alarms")
    assert state == "cleared"
    assert "消除时间" in alarmed.engineer.get(f"{alarmed.home}/alarms/{name}")
    assert [state for _, state in alarmed.listed("orders")] == ["open"]


def test_engineer_acknowledges_and_owner_does_not(alarmed):
    ((name, _),) = alarmed.listed("alarms")
    path = f"{alarmed.home}/alarms/{name}/"
    alarmed.step(alarmed.logged_in("own"), path, "acknowledge", status=403)
    alarmed.step(alarmed.engineer, path, "acknowledge")
    assert alarmed.listed("alarms") == [(name, "acknowledged")]
    alarmed.step(alarmed.engineer, path, "clear", status=403)


@pytest.mark.clause("PM-6.1.2-e", "PM-7.7.1-b")
def test_work_order_goes_from_open_to_signed_off_with_every_step_recorded(alarmed):
    ((name, _),) = alarmed.listed("orders")
    path = f"{alarmed.home}/orders/{name}/"
    engineer, convenor = alarmed.engineer, alarmed.logged_in("con")
    alarmed.step(engineer, path, "accept")
    alarmed.step(engineer, path, "start")
    alarmed.step(engineer, path, "complete", status=422)
    alarmed.step(engineer, path, "complete", "更换浮球阀")
    alarmed.step(engineer, path, "sign_off", status=403)
    alarmed.step(convenor, path, "reject", "仍有渗漏")
    alarmed.step(engineer, path, "complete", "重新密封")
    alarmed.step(convenor, path, "sign_off")
    assert alarmed.listed("orders") == [(name, "signed_off")]
    page = convenor.get(path)
    for text in ("接单", "开始处理", "更换浮球阀", "仍有渗漏", "重新密封", "验收"):
        assert text in page


def test_second_engineer_cannot_work_on_a_taken_order(alarmed):
    ((name, _),) = alarmed.listed("orders")
    path = f"{alarmed.home}/orders/{name}/"
    second = alarmed.logged_in("eng2")
    alarmed.step(alarmed.engineer, path, "accept")
    alarmed.step(second, path, "accept", status=409)
    alarmed.step(second, path, "start", status=422)
    alarmed.step(second, path, "release", "换人处理")
    alarmed.step(second, path, "accept")
    alarmed.step(second, path, "start")
    assert alarmed.listed("orders") == [(name, "in_progress")]


def test_engineer_who_is_also_convenor_does_not_sign_off_his_own_work(alarmed):
    both = alarmed.logged_in("both")
    ((name, _),) = alarmed.listed("orders")
    path = f"{alarmed.home}/orders/{name}/"
    for step in ("accept", "start"):
        alarmed.step(both, path, step)
    alarmed.step(both, path, "complete", "完成")
    alarmed.step(both, path, "sign_off", status=422)
    alarmed.step(alarmed.logged_in("con"), path, "sign_off")


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


@pytest.mark.clause("PM-6.3-f")
def test_retired_device_is_refused_by_ingest_and_keeps_its_history(alarmed):
    alarmed.step(alarmed.engineer, alarmed.device_path, "retire", "拆除")
    alarmed.drain()
    known = registry.read(alarmed.paths.registry).devices[alarmed.device]
    assert known.condition == "retired"
    alarmed.feed(alarmed.device, [(20, 2.0)])
    assert TelemetryReader(alarmed.paths.telemetry).refused()[0][1] == "retired"
    page = alarmed.engineer.get(alarmed.device_path)
    assert "设备已停用" in page.html.find("section", {"aria-labelledby": "device-refused"}).text
    assert "3.80 m" in alarmed.engineer.get(alarmed.device_path)


def test_changed_rule_reaches_ingest_with_a_new_version(estate):
    path = estate.register()
    page = estate.engineer.get(f"{path}overflow/edit")
    form = page.forms["form"]
    form["limit"] = "3.0"
    form.submit("save", status=303)
    estate.drain()
    known = registry.read(estate.paths.registry).devices[estate.code(path)]
    rule = next(rule for rule in known.rules if rule.rule == "overflow")
    assert (rule.limit, rule.version, rule.on_delay) == (3.0, 2, 5000)


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "nan"), ("limit", "1e999"), ("on_delay", "-1"), ("dead_band", "-2"), ("op", "~")],
)
def test_rule_with_a_wrong_value_is_refused_at_its_field(estate, field, value):
    path = estate.register()
    form = estate.engineer.get(f"{path}overflow/edit").forms["form"]
    if form.fields[field][0].tag == "select":
        form[field].force_value(value)
    else:
        form[field] = value
    page = form.submit("save", status=422)
    assert page.html.select(".field--error")


def test_rule_with_half_a_clear_condition_is_refused(estate):
    path = estate.register()
    form = estate.engineer.get(f"{path}overflow/edit").forms["form"]
    form["clear_limit"] = "3"
    assert "要一起填写" in form.submit("save", status=422)


def test_engineer_adds_a_rule_for_silence(estate):
    path = estate.register()
    form = estate.engineer.get(f"{path}add/alarm_rule").forms["form"]
    form["title"], form["kind"], form["on_delay"] = "无数据", "no_data", "120"
    form.submit("save", status=303)
    estate.drain()
    known = registry.read(estate.paths.registry).devices[estate.code(path)]
    assert [rule.on_delay for rule in known.rules if rule.kind == "no_data"] == [120_000]


def test_kind_of_a_device_cannot_change(estate):
    path = estate.register()
    form = estate.engineer.get(f"{path}edit").forms["form"]
    form["kind"] = "lift"
    assert "不能更改" in form.submit("save", status=422)


def test_lost_register_is_written_again_by_the_clock(estate):
    code = estate.code(estate.register())
    estate.paths.registry.unlink()
    estate.clock.forward(minutes=2)
    estate.drain()
    assert code in registry.read(estate.paths.registry).devices


def test_community_older_than_the_plugin_gets_its_facilities(estate):
    def forget(request):
        community = request.site["communities"][estate.name]
        content.remove(community["facilities"], request)

    estate.run(forget)
    estate.clock.forward(minutes=2)
    estate.drain()
    estate.engineer.get(f"{estate.home}")


def test_owner_reports_a_repair_as_a_work_order(estate):
    form = estate.logged_in("own").get(f"{estate.home}/orders/add/work_order").forms["form"]
    form["title"], form["description"] = "楼道灯不亮", "2单元3楼"
    page = form.submit("save", status=303).follow()
    assert "待接单" in page


def test_code_names_its_device_and_nothing_else(estate):
    code = estate.code(estate.register())
    assert estate.run(lambda request: by_code(request.site, code).code) == code
    for wrong in (
        "d-",
        "x-12",
        code.upper(),
        code + "0",
        "d-0000000000000001",
        "d--00000000000001",
    ):
        assert estate.run(lambda request, wrong=wrong: by_code(request.site, wrong)) is None


@pytest.mark.parametrize("oid", [1, -1, 2**63 - 1, -(2**63)])
def test_every_object_id_gives_a_code_of_its_own_that_fits_a_topic(oid):
    topic = f"c/hupan/d/{code_of(oid)}/t"
    assert parse_topic(topic).device == code_of(oid)
    assert code_of(oid) != code_of(oid - 1 if oid > 0 else oid + 1)


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
