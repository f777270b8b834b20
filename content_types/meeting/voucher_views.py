"""Voucher pages (电子投票凭证): for who cast the ballot and who held the right that day."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting, eligibility
from content_types.meeting.casting import voucher_of
from content_types.meeting.roll import Right
from content_types.meeting.voting_views import ballot_lines
from portal import clock
from portal.errors import NotFoundError
from portal.evidence import seal, voucher
from portal.files import disposition
from portal.layout import Layout
from portal.rules.masking import mask_name
from portal.security import Permission

# File ending → media type and how the voucher is written.
FORMS = {
    "json": ("application/json", voucher.voucher_json),
    "pdf": ("application/pdf", voucher.voucher_pdf),
    "png": ("image/png", voucher.voucher_png),
}
# When the tally key is released and the result is public, an owner may read his own choices.
SHOWN_CHOICES = ("published", "archived")


@view_config(
    context=Meeting,
    name="voucher",
    renderer="skins:default/voucher.pt",
    permission=Permission.VIEW.value,
    http_cache=0,
)
def show_voucher(context: Meeting, request: Any) -> Any:
    """Show a voucher or send it as a file; anybody else does not learn that there is one."""
    name = request.subpath[0] if len(request.subpath) == 1 else ""
    key, _, ending = name.partition(".")
    right = voucher_right(context, request, key)
    record = voucher_of(context, right, request)
    if ending:
        return _file(context, key, ending, record)
    layout = Layout(request, context)
    box = context.ballot_box
    register = context.community["owners"]
    return {
        "item": context,
        "number": record["leaf"]["sha256"],
        "sm3": record["leaf"]["sm3"],
        "log": record["log"],
        "inclusion": record["inclusion"],
        "head": record["head"],
        "head_at": _head_time(record, layout),
        "key": box.site_key,
        "cast_at": layout.time(box.slots[key].cast_at),
        "units": [unit.label for unit in register.known_units(box.cast_units(right))],
        "joined": [unit.label for unit in register.known_units(box.slots[key].joined_units)],
        "own": eligibility.is_own(context, request, right),
        "authority": _authority(context, right, request, layout),
        "next_url": layout.url(context, "vote")
        if eligibility.open_rights(context, request)
        else "",
        "picture": layout.url(context, "voucher", f"{key}.png"),
        "downloads": [
            (ending, layout.url(context, "voucher", f"{key}.{ending}")) for ending in FORMS
        ],
        "choices": own_choices(context, right, request),
        "choices_url": _again(context, key, request),
    }


def own_choices(meeting: Meeting, right: Right, request: Any) -> list[dict[str, Any]]:
    """Return the owner's own choices once the result is public and he proved who he is again.

    Before that the ballot is sealed for everybody (EV-7.5.2, SZ-17.3).
    """
    if meeting.workflow_state not in SHOWN_CHOICES or not request.is_fresh:
        return []
    if not (eligibility.is_own(meeting, request, right) or _appointed(meeting, right, request)):
        return []
    box = meeting.ballot_box
    if box.is_secret:
        return []
    envelope = box.envelope(box.slots[right.key])
    ballot = seal.open_ballot(envelope, box.opener(request.registry.kek), box.profile_digest)
    return ballot_lines(meeting, ballot["choices"], request)


def _appointed(meeting: Meeting, right: Right, request: Any) -> bool:
    """Say whether a proxy of the asking owner cast the ballot."""
    name = meeting.ballot_box.slots[right.key].authority
    return bool(name) and meeting[name].creator == request.account_id


def _authority(
    meeting: Meeting, right: Right, request: Any, layout: Layout
) -> dict[str, Any] | None:
    """Return the chain from owner to proxy for the page, names masked, or None."""
    name = meeting.ballot_box.slots[right.key].authority
    if not name:
        return None
    item = meeting[name]
    written = item.document(request.vault)
    return {
        "owner": mask_name(written["appointor_name"]),
        "agent": mask_name(written["proxy_name"]),
        "number": name,
        "sha256": item.sha256,
        "url": layout.url(item) if layout.may_view(item) else "",
    }


def voucher_right(meeting: Meeting, request: Any, key: str) -> Right:
    """Return the cast right of a voucher the asking person may see; NotFoundError otherwise.

    That of a secret ballot is only for who cast it, and only until the ballots are mixed.
    """
    box = meeting.ballot_box
    right = None if box is None else box.roll.rights.get(key)
    if right is None or not box.slots[key].is_cast:
        raise NotFoundError("voucher.unknown")
    if not eligibility.may_see_ballot(meeting, request, right):
        raise NotFoundError("voucher.unknown")
    if box.is_secret:
        if not eligibility.is_own(meeting, request, right):
            raise NotFoundError("voucher.unknown")
        if box.slots[key].emptied:
            raise NotFoundError("secrecy.voucher_gone", clause="EV-6.3.1.1")
    return right


def _file(meeting: Meeting, key: str, ending: str, record: dict[str, Any]) -> Response:
    if ending not in FORMS:
        raise NotFoundError("voucher.unknown")
    media_type, write = FORMS[ending]
    response = Response(write(record), content_type=media_type)
    kind = "inline" if ending == "png" else "attachment"
    name = f"{meeting.ballot_box.meeting_id}-{key}.{ending}"
    response.headers["Content-Disposition"] = disposition(name, kind)
    return response


def _again(meeting: Meeting, key: str, request: Any) -> str:
    """Return where to prove oneself again to read the choices, empty when that is no help."""
    if meeting.workflow_state not in SHOWN_CHOICES or request.is_fresh or meeting.is_secret:
        return ""
    query = {"came_from": request.resource_path(meeting, "voucher", key)}
    return str(request.route_path("reauthenticate", _query=query))


def _head_time(record: dict[str, Any], layout: Layout) -> str:
    head = record["head"]
    return layout.time(clock.datetime_from_milliseconds(head["time"])) if head else ""
