"""From the alarm of a device to the signed-off work order."""

import pytest

from portal import clock
from yitang_facilities.alarm import alarm_name
from yitang_facilities.telemetry import TelemetryReader


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


def test_owner_reports_a_repair_as_a_work_order(estate):
    form = estate.logged_in("own").get(f"{estate.home}/orders/add/work_order").forms["form"]
    form["title"], form["description"] = "楼道灯不亮", "2单元3楼"
    page = form.submit("save", status=303).follow()
    assert "待接单" in page
