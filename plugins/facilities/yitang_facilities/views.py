"""Pages of the facilities (页面): overview, lists, device, alarm, work order."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from portal import audit, catalog, clock, content, workflow
from portal.errors import PortalError
from portal.sections import Section
from portal.security import Permission, permits
from yitang_facilities import credentials, device_page, kinds
from yitang_facilities.alarm import Alarm, standing_in
from yitang_facilities.alarm_rule import AlarmRule
from yitang_facilities.device import Device, by_code
from yitang_facilities.facilities import Facilities, paths_of
from yitang_facilities.intake import STORE_CREDENTIAL
from yitang_facilities.permissions import FacilityPermission
from yitang_facilities.registry import RETIRED
from yitang_facilities.telemetry import TelemetryReader
from yitang_facilities.work_order import WorkOrder, unfinished_in

TEMPLATES = "yitang_facilities:templates/"
PAGE_SIZE = 20
MOST_DIGITS = 6
ALARM_CHIPS = {"raised": "refused", "acknowledged": "waiting", "cleared": "done"}
ORDER_CHIPS = {
    "open": "waiting",
    "assigned": "review",
    "in_progress": "open",
    "done": "review",
    "signed_off": "done",
    "cancelled": "closed",
}
ADDABLE = {
    "devices": ("device", FacilityPermission.DEVICE_ADD),
    "orders": ("work_order", FacilityPermission.ORDER_ADD),
}


@view_config(
    context=Facilities, permission=Permission.VIEW.value, renderer=TEMPLATES + "facilities.pt"
)
@view_config(
    context=Facilities,
    name="live",
    permission=Permission.VIEW.value,
    renderer=TEMPLATES + "facilities_live.pt",
)
def show_facilities(context: Facilities, request: Any) -> dict[str, Any]:
    """Show what stands, what is open and every device of a community."""
    alarms = standing_in(context, request)
    orders = unfinished_in(context, request)
    return {
        "item": context,
        "devices": _devices(context, request, {alarm.device_oid for alarm in alarms}),
        "alarms": [_alarm_row(alarm) for alarm in alarms],
        "orders": [_order_row(order) for order in orders],
        "may_add": permits(context, FacilityPermission.DEVICE_ADD, request.principals),
    }


@view_config(
    context=Section,
    containment=Facilities,
    permission=Permission.VIEW.value,
    renderer=TEMPLATES + "facility_section.pt",
)
def show_section(context: Section, request: Any) -> dict[str, Any]:
    """List devices, alarms or work orders, page by page."""
    name = context.section_name
    page = _page(request)
    start = (page - 1) * PAGE_SIZE
    if name == "devices":
        facilities = context.__parent__
        standing = {alarm.device_oid for alarm in standing_in(facilities, request)}
        every = _devices(facilities, request, standing)
        rows, total = every[start : start + PAGE_SIZE], len(every)
    else:
        kind, row = ("alarm", _alarm_row) if name == "alarms" else ("work_order", _order_row)
        found = catalog.find(request, types=(kind,), within=context, start=start, limit=PAGE_SIZE)
        rows, total = [row(item) for item in found], found.total
    type_name, permission = ADDABLE.get(name, ("", ""))
    return {
        "item": context,
        "rows": rows,
        "batch": _batch(request, page, total),
        "add": type_name if type_name and permits(context, permission, request.principals) else "",
    }


@view_config(context=Device, permission=Permission.VIEW.value, renderer=TEMPLATES + "device.pt")
def show_device(context: Device, request: Any) -> dict[str, Any]:
    """Show a device."""
    return device_page.page(context, request)


@view_config(
    context=Device,
    name="live",
    permission=Permission.VIEW.value,
    renderer=TEMPLATES + "device_live.pt",
)
def show_device_live(context: Device, request: Any) -> dict[str, Any]:
    """Show the part of the device page that refreshes itself."""
    return device_page.live(context, request)


@view_config(
    context=Device,
    name="credential",
    request_method="POST",
    permission=str(FacilityPermission.DEVICE_CREDENTIAL),
    renderer=TEMPLATES + "credential.pt",
)
def issue_credential(context: Device, request: Any) -> dict[str, Any]:
    """Make a new MQTT password and show it this once; only its hash is kept."""
    if context.workflow_state == RETIRED:
        raise PortalError("device.retired", clause="PM-6.3-f", status=409)
    password = credentials.new_password()
    context.credential_issued_at = clock.now()
    audit.record(request, "device.issue_credential", context)
    request.site.outbox.put(
        STORE_CREDENTIAL,
        {"device": context.code, "hashed": credentials.hash_password(password)},
    )
    settings = request.registry.settings
    return {
        "item": context,
        "password": password,
        "host": settings.get("yitang.mqtt_host", "127.0.0.1"),
        "port": settings.get("yitang.mqtt_port", "1883"),
        "topic": f"c/{context.community_name}/d/{context.code}",
    }


@view_config(
    context=AlarmRule, permission=Permission.VIEW.value, renderer=TEMPLATES + "alarm_rule.pt"
)
def show_rule(context: AlarmRule, request: Any) -> dict[str, Any]:
    """Show an alarm rule in words."""
    point = context.__parent__.points.get(context.point)
    return {
        "item": context,
        "point": context.point if point is None else kinds.text(point.title, request.locale_name),
        "unit": "" if point is None else point.unit,
        "may_edit": permits(context, Permission.EDIT, request.principals),
    }


@view_config(context=Alarm, permission=Permission.VIEW.value, renderer=TEMPLATES + "alarm.pt")
def show_alarm(context: Alarm, request: Any) -> dict[str, Any]:
    """Show an alarm with its device, rule and work order."""
    device = content.by_oid(request.site, context.device_oid)
    return {
        "item": context,
        "chip": ALARM_CHIPS[context.workflow_state],
        "device": device,
        "rule": None if device is None else device.get(context.rule_name),
        "order": content.by_oid(request.site, context.order_oid) if context.order_oid else None,
        "actions": workflow.possible(context, request),
        "entries": context.history(),
    }


@view_config(
    context=WorkOrder, permission=Permission.VIEW.value, renderer=TEMPLATES + "work_order.pt"
)
def show_work_order(context: WorkOrder, request: Any) -> dict[str, Any]:
    """Show a work order with what led to it and every step so far (PM-6.1.2-e)."""
    site = request.site
    mine = request.account_id == context.assignee
    steps = [
        step
        for step in workflow.possible(context, request)
        if ("work_order_is_mine" not in step.guards or mine)
        and ("another_person_signs_off" not in step.guards or not mine)
    ]
    return {
        "item": context,
        "chip": ORDER_CHIPS[context.workflow_state],
        "device": content.by_oid(site, context.device_oid) if context.device_oid else None,
        "alarm": content.by_oid(site, context.alarm_oid) if context.alarm_oid else None,
        "asked": _asked(context, request),
        "actions": steps,
        "mine": mine,
        "may_edit": permits(context, Permission.EDIT, request.principals),
        "entries": context.history(),
    }


def _asked(order: WorkOrder, request: Any) -> Any:
    """Return the owner's request an order came from, for whoever may read it."""
    item = content.by_oid(request.site, order.request_oid) if order.request_oid else None
    return item if item is not None and permits(item, Permission.VIEW, request.principals) else None


@view_config(route_name="device_code")
def find_device(request: Any) -> HTTPSeeOther:
    """Go from the code on a label to the device."""
    device = by_code(request.site, request.matchdict["code"])
    if device is None or not permits(device, Permission.VIEW, request.principals):
        raise HTTPNotFound
    return HTTPSeeOther(request.resource_url(device))


def _devices(facilities: Facilities, request: Any, alarmed: set[int]) -> list[dict[str, Any]]:
    presences = TelemetryReader(paths_of(request).telemetry).presences()
    rows = []
    for device in facilities["devices"].values():
        word = device_page.condition(
            device, presences.get(device.code), alarm=device.__oid__ in alarmed
        )
        rows.append(
            {
                "item": device,
                "place": device.place,
                "chip": device_page.CHIPS[word],
                "message": f"device.condition.{word}",
                "at": None,
            }
        )
    # What needs eyes comes first.
    order = list(device_page.CHIPS)
    words = {f"device.condition.{word}": number for number, word in enumerate(order[1:])}
    return sorted(rows, key=lambda row: (words.get(row["message"], len(words)), row["item"].title))


def _alarm_row(alarm: Alarm) -> dict[str, Any]:
    return {
        "item": alarm,
        "place": "",
        "chip": ALARM_CHIPS[alarm.workflow_state],
        "message": f"workflow.alarm.{alarm.workflow_state}",
        "at": alarm.raised_at,
    }


def _order_row(order: WorkOrder) -> dict[str, Any]:
    return {
        "item": order,
        "place": order.__name__,
        "chip": ORDER_CHIPS[order.workflow_state],
        "message": f"workflow.work_order.{order.workflow_state}",
        "at": order.created_at,
    }


def _page(request: Any) -> int:
    wish = request.GET.get("page", "1")
    short = wish.isascii() and wish.isdigit() and len(wish) <= MOST_DIGITS
    return max(int(wish), 1) if short else 1


def _batch(request: Any, page: int, total: int) -> dict[str, Any]:
    pages = max(-(-total // PAGE_SIZE), 1)

    def url(number: int) -> str | None:
        return f"{request.path}?page={number}" if 1 <= number <= pages else None

    numbers = sorted({1, pages, *(n for n in range(page - 2, page + 3) if 1 <= n <= pages)})
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "previous_url": url(page - 1),
        "next_url": url(page + 1),
        "links": [(str(number), url(number), number == page) for number in numbers],
    }
