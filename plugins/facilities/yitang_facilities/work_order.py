"""Work order (工单): something to repair, from the alarm or a person to the sign-off."""

from collections.abc import Iterator
from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal import catalog, content, notify
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Transitioned
from portal.files import FileHolder
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.security import Role, scopes
from portal.workflow import guard, on_transition
from yitang_facilities.facilities import community_of, facilities_of
from yitang_facilities.permissions import FacilityPermission
from yitang_facilities.rules import SEVERITIES

MOST_SHOWN = 200
OPEN_STATES = ("open", "assigned", "in_progress", "done")


class WorkOrderSchema(FormSchema):
    """What has to be done."""

    title = Field(
        colander.String(),
        title=message("work_order.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    description = Field(
        colander.String(),
        title=message("work_order.field.description"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=2000),
        missing="",
        data_class="internal",
    )
    priority = Field(
        colander.String(),
        title=message("work_order.field.priority"),
        **select(choices((name, f"severity.{name}") for name in SEVERITIES)),
        default="minor",
        data_class="public",
    )


@content_type(
    "work_order",
    schema=WorkOrderSchema,
    workflow="work_order",
    addable_to=("orders",),
    add_permission=FacilityPermission.ORDER_ADD,
)
class WorkOrder(FileHolder, ContentItem):
    """Who took it does the work; another person accepts it."""

    title = ""
    description = ""
    priority = "minor"
    device_oid = 0
    alarm_oid = 0
    request_oid = 0  # the owner's repair request it came from
    assignee = ""


def open_for_alarm(request: Any, alarm: Any) -> WorkOrder:
    """Open the work order of an alarm and tell the engineers of its community."""
    order = content.create(
        "work_order",
        request,
        title=alarm.title,
        priority=alarm.severity,
        device_oid=alarm.device_oid,
        alarm_oid=alarm.__oid__,
    )
    content.add(facilities_of(alarm)["orders"], order, request)
    alarm.order_oid = order.__oid__
    link = request.resource_path(order)
    for account_id in engineers(request.site, order):
        notify.send(
            request,
            account_id,
            "work_order.opened",
            {"title": order.title, "community": community_of(order).title},
            priority=True,
            link=link,
        )
    return order


def engineers(site: Any, item: Any) -> Iterator[str]:
    """Yield the accounts that repair things where the object lies."""
    places = set(scopes(item))
    for account in site.accounts:
        if any(role == Role.ENGINEER and scope in places for role, scope in account.grants):
            yield account.id


def unfinished_in(place: Any, request: Any) -> list[WorkOrder]:
    """Return the open work orders of a community's facilities, newest first."""
    found = catalog.find(
        request,
        types=("work_order",),
        states=OPEN_STATES,
        within=facilities_of(place),
        limit=MOST_SHOWN,
    )
    return sorted(found, key=lambda order: order.created_at, reverse=True)


def unfinished_of(device: Any, request: Any) -> list[WorkOrder]:
    """Return the open work orders of a device, newest first."""
    return [order for order in unfinished_in(device, request) if order.device_oid == device.__oid__]


@guard("work_order_is_mine")
def work_order_is_mine(order: WorkOrder, request: Any) -> bool:
    """Only who took the order works on it."""
    return request.account_id == order.assignee


@guard("another_person_signs_off")
def another_person_signs_off(order: WorkOrder, request: Any) -> bool:
    """Who did the work does not accept it."""
    if request.account_id == order.assignee:
        raise PortalError("guard.another_person_signs_off", clause="PM-7.7.1-b")
    return True


@on_transition("work_order.accept")
def take(event: Transitioned) -> None:
    """Give the order to the person who took it."""
    event.item.assignee = event.actor


@on_transition("work_order.release")
def give_back(event: Transitioned) -> None:
    """Free the order for another person."""
    event.item.assignee = ""
