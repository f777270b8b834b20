"""Pages of the service desk (物业服务页面): requests, filing one, one request, the list as CSV."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.service import ServiceDesk
from content_types.service.order import (
    FORGOTTEN,
    SETTLED,
    UNSETTLED,
    FilingSchema,
    ServiceRequest,
    file_request,
    sees_all,
)
from portal import audit, catalog, clock, present, ratelimit
from portal.csv_answer import csv_answer
from portal.forms import Form
from portal.i18n import message
from portal.layout import Layout
from portal.paging import SIZE, batch
from portal.security import Permission

TYPE = ("service_request",)
SHOWN = ("unsettled", "all")
PERSONAL = ("unit_code", "place")
COLUMNS = ("number", "kind", "category", "unit", "place", "text", "state", "filed", "since")


@view_config(
    context=ServiceDesk, renderer="skins:default/service.pt", permission=Permission.VIEW.value
)
def show_desk(context: ServiceDesk, request: Any) -> dict[str, Any]:
    """List the requests the person may read: an owner the own ones, the service all of them."""
    layout = Layout(request, context)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else SHOWN[0]
    query: dict[str, Any] = {
        "types": TYPE,
        "within": context,
        "states": UNSETTLED if shown == SHOWN[0] else (),
    }
    pages = batch(request, catalog.find(request, limit=0, **query).total)
    found = catalog.find(request, start=pages["start"], limit=SIZE, **query)
    return {
        "item": context,
        "requests": [_line(one, layout) for one in found],
        "batch": pages,
        "tabs": [
            (layout.translate(f"service.show.{one}"), layout.url(context, show=one), one == shown)
            for one in SHOWN
        ],
        "all": sees_all(context, layout),
        "may_add": layout.may(context, Permission.SERVICE_ADD),
        "may_rate": layout.may(context, Permission.SERVICE_RATE),
        "staffed": context.staffed,
    }


def _line(item: ServiceRequest, layout: Layout) -> dict[str, Any]:
    return present.line(
        item,
        layout,
        layout.translate(f"service_request.kind.{item.kind}"),
        layout.translate(f"service_request.category.{item.category}"),
        layout.time(item.created_at),
    )


@view_config(
    context=ServiceDesk,
    name="new",
    renderer="skins:default/form.pt",
    permission=Permission.SERVICE_ADD.value,
)
def new_request(context: ServiceDesk, request: Any) -> Any:
    """Show and take the form of a complaint or repair."""
    form = Form(FilingSchema(), request, button="service_request.send")
    if form.take(lambda values: _file(context, values, request)):
        request.session.flash(["success", "service_request.sent"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context,
        "heading": message("service_request.add"),
        "intro": message("service_request.intro", days=request.registry.service_keep_days),
        "form": form.render(),
        "back_url": request.resource_url(context),
    }


def _file(desk: ServiceDesk, values: dict[str, Any], request: Any) -> ServiceRequest:
    ratelimit.hit(request, "service", request.account_id)
    return file_request(desk, values, request)


@view_config(
    context=ServiceRequest,
    renderer="skins:default/service_request.pt",
    permission=Permission.VIEW.value,
)
def show_request(context: ServiceRequest, request: Any) -> dict[str, Any]:
    """Show one request to its owner and to those who deal with it or watch over it."""
    layout = Layout(request, context)
    unit, forgotten = context.unit, context.workflow_state == FORGOTTEN
    return {
        "item": context,
        "facts": [
            (layout.translate(f"service_request.field.{name}"), value)
            for name, value in (
                ("kind", layout.translate(f"service_request.kind.{context.kind}")),
                ("category", layout.translate(f"service_request.category.{context.category}")),
                ("unit_code", unit.label if unit else layout.translate("service.common_parts")),
                ("place", context.place),
                ("filed", layout.time(context.created_at)),
            )
            if not (forgotten and name in PERSONAL)
        ],
        "kept": _kept(context, layout),
        "pictures": present.files(context, layout),
        "history": present.history(context, layout),
        "actions": present.steps(context, layout, *_more(context, layout)),
    }


def _kept(item: ServiceRequest, layout: Layout) -> str:
    """Say until when what is personal in a request is kept, once nobody acts on it any more."""
    if item.workflow_state == FORGOTTEN:
        return layout.translate("service_request.gone")
    if item.workflow_state not in SETTLED:
        return ""
    end = item.state_since + timedelta(days=layout.request.registry.service_keep_days)
    return layout.translate("service_request.until", at=layout.date(clock.local(end).date()))


def _more(item: ServiceRequest, layout: Layout) -> list[dict[str, Any]]:
    """Return what plugins offer beside the steps of a request."""
    functions = layout.request.registry.service_request_links
    return [link for function in functions for link in function(item, layout)]


@view_config(context=ServiceDesk, name="requests.csv", permission=Permission.SERVICE_OVERSEE.value)
def export(context: ServiceDesk, request: Any) -> Response:
    """Send every request as CSV, however many there are; the export is audited."""
    layout = Layout(request, context)
    query: dict[str, Any] = {"types": TYPE, "within": context}
    number = catalog.find(request, limit=0, **query).total
    audit.record(request, "service.export", context, requests=number)
    headings = [layout.translate(f"service.column.{name}") for name in COLUMNS]
    rows = (_row(item, layout) for item in catalog.each(request, **query))
    return csv_answer(chain([headings], rows), "service-requests.csv")


def _row(item: ServiceRequest, layout: Layout) -> tuple[str, ...]:
    return (
        item.__name__,
        layout.translate(f"service_request.kind.{item.kind}"),
        layout.translate(f"service_request.category.{item.category}"),
        item.unit.label if item.unit else "",
        item.place,
        item.text,
        layout.state(item),
        layout.time(item.created_at),
        layout.time(item.state_since),
    )
