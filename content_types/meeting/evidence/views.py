"""Evidence page (证据页): what anybody, owners and auditors may download, and the log itself."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting, eligibility, packages, panels, standing, turnout
from content_types.meeting.evidence import notary, tables
from content_types.meeting.result import Result
from content_types.meeting.result_views import package_name, seen
from portal import audit, clock, ratelimit
from portal.errors import Forbidden
from portal.evidence.canonical import canonical
from portal.evidence.verifier.container import HASHES
from portal.evidence.verifier.stamps import token_content
from portal.evidence.verifier.tree import consistent
from portal.evidence.voucher import log_proof
from portal.files import disposition
from portal.layout import Layout
from portal.security import Permission, Role

ZIP = "application/zip"
LONGEST_FILE = 1024 * 1024
MOST_DIGITS = 9
TIME_DIGITS = 14
LEAF = re.compile("[0-9a-f]{64}")
LEVELS = ("P0", "P1", "P2")


def may_have(meeting: Meeting, layout: Layout, level: str, result: Result) -> bool:
    """Say whether the asking person may have a level of the publication of a version.

    P0 is for everybody once the result is public, P1 for owners of the community then, P2 for
    street office and scrutineers, who pass it to notary and court.
    """
    newest = panels.visible_result(meeting, layout)
    if newest is None or result.version > newest.version:
        return False
    full = layout.may(meeting, Permission.RESULT_REVIEW) or panels.holds(
        meeting, layout, Role.SCRUTINEER
    )
    public = is_public(meeting) or result.version <= meeting.published_versions
    owner = panels.holds(meeting, layout, Role.OWNER) and public
    return {"P0": True, "P1": full or owner, "P2": full}[level]


def is_public(meeting: Meeting) -> bool:
    """Say whether the result is public."""
    return meeting.workflow_state in panels.PUBLIC


def sees_log(meeting: Meeting, request: Any, layout: Layout) -> bool:
    """Say whether the asking person may see how far the log has grown.

    During the vote this is the turnout; who shows the leaf of an own ballot has voted (SZ-17.3).
    """
    if meeting.ballot_box is None:
        return False
    if meeting.workflow_state not in ("voting", "counting"):
        return True
    leaf = request.params.get("leaf", "")
    if LEAF.fullmatch(leaf):
        # Looking for a leaf reads the whole log.
        ratelimit.hit(request, "verify")
        if meeting.ballot_box.log.find(leaf) is not None:
            return True
    return turnout.may_see(meeting, request, layout)


@view_config(
    context=Meeting,
    name="evidence",
    renderer="skins:default/evidence.pt",
    permission=Permission.VIEW.value,
    http_cache=0,
)
def show_evidence(context: Meeting, request: Any) -> dict[str, Any]:
    """Show the downloads of the person's level, the log's head and its outside time stamps."""
    layout = Layout(request, context)
    if context.ballot_box is None:
        raise HTTPNotFound
    sees, checked = sees_log(context, request, layout), None
    if request.method == "POST":
        ratelimit.hit(request, "verify")
        checked = check_upload(context, request) if sees else "hidden"
        if checked != "grown":
            request.response.status_int = 422
    result = panels.visible_result(context, layout)
    (head,) = context.ballot_box.log.heads(last=1)
    base = request.registry.settings["yitang"].base_url
    return {
        "item": context,
        "levels": [_level(context, layout, level, result) for level in LEVELS],
        "standing": standing.words(context, result, layout) if result is not None else "",
        "versions_url": layout.url(context, "result-versions")
        if result is not None and result.version > 1
        else "",
        "head": head if sees else None,
        "head_at": layout.time(clock.datetime_from_milliseconds(head["time"])),
        "log_url": base + request.resource_path(context, "log.json"),
        "stamps": [_stamp(one, layout) for one in context.time_stamps],
        "has_authority": request.registry.time_stamper is not None,
        "buckets": _buckets(context, layout),
        "figures_shown": context.ballot_box.figures is not None,
        "rights": [
            (_rooms(context, one.right), layout.url(context, "voting-right", one.right.key))
            for one in own_claims(context, request)
        ],
        "checked": checked,
        "has_cast": bool(context.ballot_box.sequence),
    }


def own_claims(meeting: Meeting, request: Any) -> list[Any]:
    """Return the rights of which the asking person holds a unit."""
    if request.account is None or meeting.ballot_box is None:
        return []
    return eligibility.claims(meeting, request, request.account)


def _rooms(meeting: Meeting, right: Any) -> str:
    return str(meeting.community["owners"].labels(right.units) or right.key)


def package_url(meeting: Meeting, layout: Layout, level: str, result: Result) -> str:
    """Return where a person gets a level of a version, empty when he may not have it."""
    if not may_have(meeting, layout, level, result):
        return ""
    name = "result.zip" if level == "P0" else f"package-{level}.zip"
    newest = panels.visible_result(meeting, layout)
    query = {} if result is newest else {"version": str(result.version)}
    return str(layout.url(meeting, name, **query))


def _level(meeting: Meeting, layout: Layout, level: str, result: Result | None) -> dict[str, Any]:
    return {
        "level": level,
        "title": layout.translate(f"evidence.level.{level}"),
        "text": layout.translate(f"evidence.level_text.{level}"),
        "url": package_url(meeting, layout, level, result) if result is not None else "",
    }


def _stamp(stamp: Any, layout: Layout) -> dict[str, str]:
    _, _, text = token_content(stamp.response)
    # A GeneralizedTime in UTC, with or without a fraction of a second.
    time = datetime.strptime(text[:TIME_DIGITS], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    occasion = layout.translate(f"evidence.occasion.{stamp.occasion}")
    return {"occasion": occasion, "time": layout.time(time)}


def _buckets(meeting: Meeting, layout: Layout) -> str:
    """Say in words how ballots are published, empty before the result may be seen."""
    result = panels.visible_result(meeting, layout)
    if result is None:
        return ""
    found = tables.of_version(meeting, result)
    say = layout.translate
    if found is None or not found.buckets:
        return str(say("evidence.no_buckets"))
    table = json.loads(found.buckets)
    number = len(table["buckets"])
    if number == 1:
        return str(say("evidence.one_bucket"))
    return str(say("evidence.buckets", number=number, size=table["k"]))


def check_upload(meeting: Meeting, request: Any) -> str:
    """Compare an older head or voucher with the log: grown, changed, other or unreadable."""
    upload = request.POST.get("older")
    data = upload.file.read(LONGEST_FILE) if hasattr(upload, "file") else b""
    try:
        record = json.loads(data)
        head = record["head"] if record["type"] == "voucher" else record
        size, roots = head["size"], {name: head["root_" + name] for name in HASHES}
        if head["log"] != meeting.ballot_box.log.log_id:
            return "other"
    except (ValueError, KeyError, TypeError):
        return "unreadable"
    log = meeting.ballot_box.log
    if type(size) is not int or not 0 < size <= len(log):
        return "changed"
    (newest,) = log.heads(last=1)
    proof = log_proof(log, size, newest, meeting.ballot_box.signing_key)
    same = all(
        consistent(name, (size, newest["size"]), proof[name], (roots[name], newest["root_" + name]))
        for name in HASHES
    )
    return "grown" if same else "changed"


@view_config(context=Meeting, name="log.json", permission=Permission.VIEW.value, http_cache=0)
def send_log(context: Meeting, request: Any) -> Response:
    """Send the newest head with the proof that it contains the one of ``size`` leaves."""
    layout = Layout(request, context)
    if context.ballot_box is None:
        raise HTTPNotFound
    if not sees_log(context, request, layout):
        clause = context.rules(request.registry).progress_audience.clause
        raise Forbidden("evidence.log_hidden", clause=clause)
    log = context.ballot_box.log
    (head,) = log.heads(last=1)
    text = request.GET.get("size", "")
    size = int(text) if text.isdecimal() and text.isascii() and len(text) <= MOST_DIGITS else 0
    if not 0 < size <= head["size"]:
        size = head["size"]
    proof = log_proof(log, size, head, context.ballot_box.signing_key)
    return Response(canonical(proof), content_type="application/json")


@view_config(context=Meeting, name="package-P1.zip", permission=Permission.VIEW.value)
def send_owners_package(context: Meeting, request: Any) -> Response:
    """Send the package for the owners of the community."""
    result = _need(context, request, "P1")
    data = packages.package(context, "P1", request.registry, result)
    return _send(data, package_name(context, result, "P1"))


@view_config(context=Meeting, name="package-P2.zip", permission=Permission.VIEW.value)
def send_notary_package(context: Meeting, request: Any) -> Response:
    """Send the package for notary and court; it holds every ballot, so each export is logged."""
    result = _need(context, request, "P2")
    data = notary.notary_package(context, request, result)
    digest = HASHES["sha256"](data).hex()
    audit.record(
        request,
        "meeting.notary_package",
        context,
        digest=f"sha256:{digest}",
        version=result.version,
    )
    return _send(data, package_name(context, result, "P2"))


def _need(meeting: Meeting, request: Any, level: str) -> Result:
    """Return the version that is asked for; 404 for an unknown one, 403 for another's."""
    if meeting.result is None:
        raise HTTPNotFound
    if panels.visible_result(meeting, Layout(request, meeting)) is None:
        raise Forbidden("evidence.not_yours", clause="EV-8.5.2")
    layout, result = seen(meeting, request)
    if not may_have(meeting, layout, level, result):
        raise Forbidden("evidence.not_yours", clause="EV-8.5.2")
    return result


def _send(data: bytes, name: str) -> Response:
    response = Response(data, content_type=ZIP)
    response.headers["Content-Disposition"] = disposition(name)
    return response
