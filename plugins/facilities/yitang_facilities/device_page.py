"""Device page (设备页): state, curves, alarms and orders of a device, as plain data."""

from typing import Any

from portal import clock, workflow
from portal.rules.number import percent
from portal.security import permits
from yitang_facilities import curve, kinds, ledger, rules
from yitang_facilities.alarm import moment, standing_of
from yitang_facilities.facilities import paths_of
from yitang_facilities.permissions import FacilityPermission
from yitang_facilities.registry import RETIRED
from yitang_facilities.segments import Sample
from yitang_facilities.telemetry import Last, TelemetryReader
from yitang_facilities.work_order import unfinished_of

RANGES = {"hour": 3600, "day": 24 * 3600, "week": 7 * 24 * 3600}
DEFAULT_RANGE = "hour"
# How the state of a device looks: kind of chip by condition.
CHIPS = {
    "retired": "closed",
    "alarm": "refused",
    "offline": "waiting",
    "online": "done",
    "unknown": "draft",
}


def condition(device: Any, presence: tuple[str, int] | None, *, alarm: bool) -> str:
    """Return the one word for a device: retired, alarm, offline, online or unknown."""
    if device.workflow_state == RETIRED:
        return "retired"
    if alarm:
        return "alarm"
    return presence[0] if presence is not None else "unknown"


def wanted_range(request: Any) -> str:
    """Return the time range the address asks for; an unknown one is the last hour."""
    wish = request.GET.get("range", DEFAULT_RANGE)
    return wish if wish in RANGES else DEFAULT_RANGE


def live(device: Any, request: Any) -> dict[str, Any]:
    """Return what changes by itself: state, values, curves, alarms, orders, completeness."""
    reader = TelemetryReader(paths_of(request).telemetry)
    span = wanted_range(request)
    end = int(clock.now().timestamp() * 1000)
    start = end - RANGES[span] * 1000
    presence = reader.presence(device.code)
    last = reader.last(device.community_name, device.code)
    alarms = standing_of(device, request)
    word = condition(device, presence, alarm=bool(alarms))
    return {
        "item": device,
        "condition": word,
        "chip": CHIPS[word],
        "presence": presence[0] if presence is not None else "unknown",
        "since": moment(presence[1]) if presence is not None else None,
        "range": span,
        "ranges": list(RANGES),
        "start": moment(start),
        "end": moment(end),
        "points": [
            _point(
                device,
                name,
                reader.curve(
                    (device.community_name, device.code, name), start, end, curve.MOST_POINTS
                ),
                last.get(name),
                span=(start, end),
            )
            | {"title": kinds.text(device.points[name].title, request.locale_name)}
            for name in device.points
        ],
        "alarms": alarms,
        "orders": unfinished_of(device, request),
        "refused": [
            {"reason": reason, "count": count, "at": moment(at)}
            for _, reason, count, at in reader.refused(
                f"c/{device.community_name}/d/{device.code}/"
            )
        ],
        "completeness": _completeness(reader.account(device.code)),
    }


def page(device: Any, request: Any) -> dict[str, Any]:
    """Return everything on the page of a device."""
    return live(device, request) | {
        "moment": moment,
        "kind_title": kinds.text(kinds.all_kinds()[device.kind].title, request.locale_name),
        "rules": list(device.values()),
        "actions": workflow.possible(device, request),
        "may_edit": permits(device, "content:edit", request.principals),
        "may_add_rule": permits(device, FacilityPermission.RULE_ADD, request.principals),
        "may_issue": device.workflow_state != RETIRED
        and permits(device, FacilityPermission.DEVICE_CREDENTIAL, request.principals),
    }


def _point(
    device: Any, name: str, samples: list[Sample], last: Last | None, *, span: tuple[int, int]
) -> dict[str, Any]:
    point = device.points[name]
    limits = [
        rule.limit
        for rule in device.values()
        if rule.enabled and rule.kind == rules.THRESHOLD and rule.point == name
    ]
    return {
        "name": name,
        "unit": point.unit,
        "decimals": point.decimals,
        "last": last,
        "last_at": None if last is None else moment(last.ts),
        "curve": curve.draw(samples, *span, limits),
    }


def _completeness(account: ledger.Account | None) -> dict[str, Any] | None:
    if account is None:
        return None
    expected = account.received + account.missing
    return {
        "received": account.received,
        "missing": account.missing,
        "duplicates": account.duplicates,
        # Rounded down: 100 % is only said when nothing is missing.
        "percent": percent(account.received, expected),
    }
