"""A repair an owner asked for becomes a work order (报修转工单); its end is reported back."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from content_types.service.order import ServiceRequest
from portal import catalog, content, notify, workflow
from portal.content import by_oid, oid
from portal.errors import PortalError
from portal.events import Transitioned
from portal.layout import Layout
from portal.security import Permission
from portal.workflow import on_transition
from yitang_facilities.facilities import community_of, facilities_of
from yitang_facilities.work_order import OPEN_STATES, WorkOrder, engineers


def order_of(item: ServiceRequest, request: Any) -> WorkOrder | None:
    """Return the unfinished work order of a request, or None."""
    found = catalog.each(
        request,
        types=("work_order",),
        states=OPEN_STATES,
        within=facilities_of(item),
        everything=True,
    )
    return next((one for one in found if one.request_oid == oid(item)), None)


def hand_on(item: ServiceRequest, request: Any) -> WorkOrder:
    """Open the work order of a repair and tell the engineers; raises PortalError for a second one.

    The order is read by the whole community, so it names the kind and number of the request only.
    """
    if item.kind != "repair" or item.workflow_state != "taken" or order_of(item, request):
        raise PortalError("work_order.not_from_request", status=409)
    category = Layout(request, item).translate(f"service_request.category.{item.category}")
    order: WorkOrder = content.create(
        "work_order", request, title=f"{category} {item.__name__}", request_oid=oid(item)
    )
    content.add(facilities_of(item)["orders"], order, request)
    values = {"title": order.title, "community": community_of(order).title}
    for account_id in engineers(request.site, order):
        link = request.resource_path(order)
        notify.send(request, account_id, "work_order.opened", values, priority=True, link=link)
    return order


def links(item: ServiceRequest, layout: Layout) -> list[dict[str, Any]]:
    """Return the way to the work order of a request, or the button that opens one."""
    if item.kind != "repair" or not layout.may(item, Permission.SERVICE_HANDLE):
        return []
    order = order_of(item, layout.request)
    if order is not None:
        title = layout.translate("work_order.of_request")
        return [{"name": "", "title": title, "url": layout.url(order), "method": "get"}]
    if item.workflow_state != "taken":
        return []
    title = layout.translate("work_order.from_request")
    return [{"name": "work-order", "title": title, "url": layout.url(item, "work-order")}]


@view_config(
    context=ServiceRequest,
    name="work-order",
    request_method="POST",
    permission=Permission.SERVICE_HANDLE.value,
)
def open_order(context: ServiceRequest, request: Any) -> HTTPSeeOther:
    """Open the work order of a repair."""
    order = hand_on(context, request)
    request.session.flash(["success", "work_order.from_request_done"])
    return HTTPSeeOther(request.resource_url(order))


@on_transition("work_order.sign_off")
def report_back(event: Transitioned) -> None:
    """Say to the owner what was done, once it is signed off; the owner still confirms it."""
    order, request = event.item, event.request
    item = by_oid(request.site, order.request_oid) if order.request_oid else None
    # Who asked for it may be the one who signs it off; then the service finishes it by hand.
    if item is None or item.workflow_state != "taken" or request.account_id == item.creator:
        return
    done = next(e for e in order.history() if e.get("transition") == "complete")
    workflow.transition(item, "finish", request, done["comment"], system=True)
