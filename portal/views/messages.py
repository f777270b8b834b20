"""The inbox of a person (消息), and what leaves the house (发件箱)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPSeeOther
from pyramid.view import view_config

from portal import audit, inbox, notify
from portal.layout import Layout
from portal.paging import SIZE, batch
from portal.security import Permission, permits
from portal.views.login import local_target

OWN = Permission.ACCOUNT_OWN.value
STATES = (inbox.HELD, inbox.FAILED, inbox.QUEUED, inbox.SENT, inbox.DELIVERED)
MOST = 2000


@view_config(route_name="messages", renderer="skins:default/messages.pt", permission=OWN)
def show_inbox(request: Any) -> dict[str, Any]:
    """List the person's messages, newest first."""
    box, account_id = request.site.messages, request.account_id
    layout = Layout(request, request.site)
    unread_only = request.GET.get("show") == "unread"
    if unread_only:
        found = [m for m in box.inbox(account_id, limit=MOST) if m.read_at is None]
        pages = batch(request, len(found))
        shown = found[pages["start"] : pages["start"] + SIZE]
    else:
        pages = batch(request, box.count(account_id))
        shown = box.inbox(account_id, pages["start"], SIZE)
    return {
        "messages": [_line(message, layout) for message in shown],
        "batch": pages,
        "unread": box.unread(account_id),
        "filters": [
            (layout.translate("messages.all"), layout.url("messages"), not unread_only),
            (
                layout.translate("messages.unread"),
                layout.url("messages", show="unread"),
                unread_only,
            ),
        ],
        "preferences_url": request.route_path("notifications"),
        "context": request.site,
    }


def _line(message: Any, layout: Layout) -> dict[str, Any]:
    return {
        "title": message.subject,
        "url": layout.url(f"messages/{message.id}"),
        "at_text": layout.time(message.created_at),
        "category": layout.translate(f"category.{message.category}"),
        "unread": message.read_at is None,
        "priority": message.priority,
        "summary": message.body,
        "state_text": layout.translate("messages.confirmed") if message.confirmed_at else "",
    }


@view_config(
    route_name="message",
    request_method="GET",
    renderer="skins:default/message.pt",
    permission=OWN,
)
def show_message(request: Any) -> dict[str, Any]:
    """Show one message of the person and note that it was opened."""
    layout = Layout(request, request.site)
    message_id = request.matchdict["message_id"]
    message = request.site.messages.mark_read(request.account_id, message_id)
    confirmed = message.confirmed_at
    return {
        "message": {
            "title": message.subject,
            "body_lines": message.body.splitlines(),
            "at_text": layout.time(message.created_at),
            "category": layout.translate(f"category.{message.category}"),
            "link": local_target(message.link) if message.link else None,
            "confirm_url": None if confirmed else layout.url(f"messages/{message.id}"),
            "confirmed_text": layout.translate("messages.confirmed_at", at=layout.time(confirmed))
            if confirmed
            else None,
        },
        "back_url": layout.url("messages"),
        "context": request.site,
    }


@view_config(route_name="message", request_method="POST", permission=OWN)
def confirm_message(request: Any) -> HTTPSeeOther:
    """Keep that the person confirmed a message (EV-9.8.1)."""
    message_id = request.matchdict["message_id"]
    message = request.site.messages.confirm(request.account_id, message_id)
    audit.record(request, "message.confirm", message=message.id)
    request.session.flash(["success", "messages.thanks"])
    return HTTPSeeOther(request.route_path("message", message_id=message_id))


@view_config(route_name="outbox", request_method="GET", renderer="skins:default/outbox.pt")
def show_outbox(request: Any) -> dict[str, Any]:
    """Show what left or waits to leave the house: to operators, and to everybody in a demo.

    Codes are readable in a demo, and by operators of a site that is not in production.
    """
    settings = request.registry.settings["yitang"]
    operator = permits(request.site, Permission.OUTBOX_VIEW, request.principals)
    if not operator and not settings.demo:
        raise HTTPForbidden
    layout = Layout(request, request.site)
    wanted = request.GET.get("state", "")
    states = (wanted,) if wanted in STATES else ()
    found = request.site.messages.dispatches(*states, limit=MOST)
    pages = batch(request, len(found))
    with_codes = not settings.production
    return {
        "dispatches": [
            _dispatch(request, dispatch, layout, with_codes=with_codes)
            for dispatch in found[pages["start"] : pages["start"] + SIZE]
        ],
        "batch": pages,
        "filters": [
            (layout.translate("messages.all"), layout.url("outbox"), not states),
            *(
                (
                    layout.translate(f"dispatch.{state}"),
                    layout.url("outbox", state=state),
                    state == wanted,
                )
                for state in STATES
            ),
        ],
        "operator": operator,
        "demo": settings.demo,
        "context": request.site,
    }


def _dispatch(request: Any, dispatch: Any, layout: Layout, *, with_codes: bool) -> dict[str, Any]:
    readable = dispatch.category != "code" or with_codes
    account = request.site.accounts.get(dispatch.account_id)
    masked = dispatch.masked_address
    if not masked and account is not None:
        address = notify.address_of(request, dispatch, dispatch.channel)
        masked = notify.mask_address(address) if address else ""
    return {
        "id": dispatch.id,
        "to": masked or "-",
        "channel": layout.translate(f"channel.{dispatch.channel}"),
        "at_text": layout.time(dispatch.created_at),
        "text": notify.text_of(request, dispatch)["body"] if readable else "",
        "hidden": not readable,
        "state": layout.translate(f"dispatch.{dispatch.state}"),
        "state_kind": {inbox.FAILED: "refused", inbox.SENT: "done"}.get(dispatch.state, "waiting"),
        "attempts": [
            f"{layout.time(one.at)} {layout.translate(f'channel.{one.channel}')}: "
            f"{layout.translate(f'dispatch.{one.state}')} {one.reason}"
            for one in dispatch.attempts
        ],
        "may_resend": dispatch.state in (inbox.HELD, inbox.FAILED, inbox.SENT),
    }


@view_config(route_name="outbox", request_method="POST", permission=Permission.OUTBOX_VIEW.value)
def resend(request: Any) -> HTTPSeeOther:
    """Try a dispatch again; its earlier attempts stay on record (EV-9.8.2)."""
    dispatch_id = request.POST.get("dispatch", "")
    notify.resend(request, dispatch_id)
    audit.record(request, "outbox.resend", dispatch=dispatch_id)
    request.session.flash(["success", "outbox.queued"])
    return HTTPSeeOther(request.route_path("outbox"))
