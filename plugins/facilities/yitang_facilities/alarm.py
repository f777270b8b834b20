"""Alarm (告警): one occurrence of a rule, raised and cleared by the device's readings."""

from datetime import UTC, datetime
from typing import Any

from portal import catalog, content, workflow
from portal.content import ContentItem, content_type
from portal.events import Transitioned
from portal.outbox import job
from portal.workflow import on_transition
from yitang_facilities import rules
from yitang_facilities.device import by_code
from yitang_facilities.facilities import facilities_of
from yitang_facilities.rules import Transition

STANDING = ("raised", "acknowledged")
OPEN_ORDER = "facilities.open_order"
MOST_SHOWN = 200
# What happened to a notice is read in the list; everything above it needs a pair of hands.
WITHOUT_ORDER = ("notice",)


@content_type("alarm", workflow="alarm")
class Alarm(ContentItem):
    """Its name is the idempotence key of its cause, so it can be created only once."""

    title = ""
    device_oid = 0
    rule_name = ""
    rule_version = 0
    severity = "major"
    value: float | None = None
    raised_at: datetime | None = None
    cleared_at: datetime | None = None
    acknowledged_by = ""
    order_oid = 0

    @property
    def standing(self) -> bool:
        """Whether the cause is still there."""
        return self.workflow_state in STANDING


def alarm_name(transition: Transition) -> str:
    """Return the name of the alarm a transition belongs to."""
    return f"{transition.device}-{transition.rule}-{transition.raised_at}"


def moment(ms: int) -> datetime:
    """Return an event time in ms as an aware instant."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def apply(request: Any, transition: Transition) -> Alarm | None:
    """Raise or clear the alarm of a transition; doing it again changes nothing."""
    device = by_code(request.site, transition.device)
    if device is None:
        return None
    alarms = facilities_of(device)["alarms"]
    name = alarm_name(transition)
    alarm = alarms.get(name)
    if transition.to == rules.RAISED and alarm is None:
        return _raise(request, alarms, name, device, transition)
    if transition.to == rules.CLEARED and alarm is not None and alarm.standing:
        alarm.cleared_at = moment(transition.at)
        workflow.transition(alarm, "clear", request, system=True)
    return alarm


def _raise(request: Any, alarms: Any, name: str, device: Any, transition: Transition) -> Alarm:
    rule = device.get(transition.rule)
    alarm = content.create(
        "alarm",
        request,
        title=f"{device.title}：{rule.title if rule is not None else transition.rule}",
        device_oid=device.__oid__,
        rule_name=transition.rule,
        rule_version=transition.version,
        severity=transition.severity,
        value=transition.value,
        raised_at=moment(transition.at),
    )
    content.add(alarms, alarm, request, name=name)
    if alarm.severity not in WITHOUT_ORDER:
        request.site.outbox.put(OPEN_ORDER, {"alarm_oid": alarm.__oid__})
    return alarm


@on_transition("alarm.acknowledge")
def note_person(event: Transitioned) -> None:
    """Keep who has seen the alarm."""
    event.item.acknowledged_by = event.actor


def standing_in(place: Any, request: Any) -> list[Alarm]:
    """Return the standing alarms of a community's facilities, newest first."""
    found = catalog.find(
        request, types=("alarm",), states=STANDING, within=facilities_of(place), limit=MOST_SHOWN
    )
    return sorted(found, key=lambda alarm: alarm.raised_at, reverse=True)


def standing_of(device: Any, request: Any) -> list[Alarm]:
    """Return the standing alarms of a device, newest first."""
    return [alarm for alarm in standing_in(device, request) if alarm.device_oid == device.__oid__]


@job(OPEN_ORDER)
def open_order(request: Any, alarm_oid: int) -> None:
    """Open the one work order of an alarm and tell the engineers (PM-7.7.1-a)."""
    from yitang_facilities.work_order import open_for_alarm

    alarm = content.by_oid(request.site, alarm_oid)
    if alarm is not None and not alarm.order_oid:
        open_for_alarm(request, alarm)
