"""Devices, their codes, credentials and rules, from the portal to ingest."""

import re

import pytest

from portal import content
from yitang_facilities import credentials, registry
from yitang_facilities.device import by_code, code_of
from yitang_facilities.message import parse_topic
from yitang_facilities.telemetry import TelemetryReader


@pytest.mark.clause("PM-6.1.2-b")
def test_engineer_registers_a_device_with_the_rules_of_its_kind(estate):
    path = estate.register()
    page = estate.engineer.get(path)
    assert "1号水箱" in page.html.main.h1.get_text()
    assert "液位过高" in page
    assert "尚无数据" in page
    known = registry.read(estate.paths.registry).devices[estate.code(path)]
    assert known.community == estate.name
    assert {rule.rule for rule in known.rules} == {"overflow", "low-level"}


def test_owner_looks_but_registers_nothing(estate):
    path = estate.register()
    owner = estate.logged_in("own")
    assert "1号水箱" in owner.get(f"{estate.home}")
    assert "1号水箱" in owner.get(path).html.main.h1.get_text()
    owner.get(f"{estate.home}/devices/add/device", status=403)


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
