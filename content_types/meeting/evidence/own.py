"""An owner's own proofs (业主自己的证明): certificate of the voting right, check of the ballot."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting, counting, eligibility, standing
from content_types.meeting.casting import voucher_of
from content_types.meeting.evidence import tables
from content_types.meeting.roll import Right
from content_types.meeting.voucher_views import voucher_right
from portal import clock
from portal.errors import NotFoundError
from portal.evidence.canonical import EvidenceError, Record, canonical
from portal.evidence.certificate import certificate
from portal.evidence.verifier.voucher import verify_voucher
from portal.evidence.voucher import log_proof
from portal.files import disposition
from portal.layout import Layout
from portal.rules.area import format_area
from portal.security import Permission


def right_of(meeting: Meeting, request: Any, key: str) -> Right:
    """Return a right of which the asking person holds a unit; NotFoundError otherwise."""
    if request.account is not None and meeting.ballot_box is not None:
        for claim in eligibility.claims(meeting, request, request.account):
            if claim.right.key == key:
                return claim.right
    raise NotFoundError("voting_right.unknown")


def certificate_of(meeting: Meeting, right: Right, request: Any) -> Record:
    """Return the signed certificate of a right with its proof of the roll."""
    box = meeting.ballot_box
    return certificate(
        box.signer(request.registry),
        box.log,
        counting.ROLL_LEAF,
        list(box.roll.entries()),
        right.units,
        title=meeting.title,
        community=meeting.community.title,
    )


@view_config(
    context=Meeting,
    name="voting-right",
    renderer="skins:default/voting_right.pt",
    permission=Permission.VIEW.value,
    http_cache=0,
)
def show_right(context: Meeting, request: Any) -> Any:
    """Show an owner's entries of the roll, or send them as a certificate anybody verifies."""
    name = request.subpath[0] if len(request.subpath) == 1 else ""
    key, _, ending = name.partition(".")
    right = right_of(context, request, key)
    if ending not in ("", "json"):
        raise NotFoundError("voting_right.unknown")
    record = certificate_of(context, right, request)
    if ending:
        response = Response(canonical(record), content_type="application/json")
        number = f"{context.ballot_box.meeting_id}-{key}-right.json"
        response.headers["Content-Disposition"] = disposition(number)
        return response
    layout = Layout(request, context)
    register = context.community["owners"]
    rows = []
    for row in record["entries"]:
        unit = register.unit(row["entry"]["unit"])
        label = unit.label if unit is not None else row["entry"]["unit"]
        rows.append(
            {"room": label, "area": format_area(row["entry"]["area"]), "index": row["index"]}
        )
    return {
        "item": context,
        "key": key,
        "rows": rows,
        "area": format_area(right.area),
        "head": record["head"],
        "head_at": layout.time(clock.datetime_from_milliseconds(record["head"]["time"])),
        "signing_key": context.ballot_box.site_key,
        "file_url": layout.url(context, "voting-right", f"{key}.json"),
        "back_url": layout.url(context, "evidence"),
    }


@view_config(
    context=Meeting,
    name="ballot-check",
    renderer="skins:default/ballot_check.pt",
    permission=Permission.VIEW.value,
    http_cache=0,
)
def check_ballot(context: Meeting, request: Any) -> dict[str, Any]:
    """Verify the voucher of an own ballot now and say the outcome in words (EV-7.5.1)."""
    key = request.subpath[0] if len(request.subpath) == 1 else ""
    right = voucher_right(context, request, key)
    layout = Layout(request, context)
    found = outcome(context, right, request)
    say = layout.translate
    index, lot = context.ballot_box.index_of(key), context.ballot_box.slots[key].nonce.hex()
    return {
        "item": context,
        "kind": {"right": "success", "waiting": "info"}.get(found, "danger"),
        "text": say(f"ballot_check.{found}"),
        "facts": _facts(context, index, lot, layout),
        "checked_at": layout.time(clock.now()),
        "voucher_url": layout.url(context, "voucher", key),
        "files": [
            {
                "title": say("ballot_check.voucher_file"),
                "url": layout.url(context, "voucher", f"{key}.json"),
                "type": "json",
                "size_text": say("ballot_check.voucher_note"),
            }
        ],
    }


def outcome(meeting: Meeting, right: Right, request: Any) -> str:
    """Return right, waiting or wrong: the stored ballot against voucher, log and newest head."""
    box = meeting.ballot_box
    try:
        voucher = voucher_of(meeting, right, request)
    except EvidenceError:
        return "wrong"
    if voucher["head"] is None:
        return "waiting" if verify_voucher(canonical(voucher)).ok else "wrong"
    (newest,) = box.log.heads(last=1)
    proof = canonical(log_proof(box.log, voucher["head"]["size"], newest, box.signing_key))
    report = verify_voucher(canonical(voucher), proof, (request.registry.signer.key_id,))
    return "right" if report.ok else "wrong"


def _facts(meeting: Meeting, index: int | None, lot: str, layout: Layout) -> list[tuple[str, str]]:
    """Say where the ballot is and what became of it, once that is public."""
    say, box = layout.translate, meeting.ballot_box
    if index is None:
        return []
    found = [(say("ballot_check.index"), str(index))]
    stamps = [one for one in meeting.time_stamps if _covers(box, one, index)]
    word = "ballot_check.stamped" if stamps else "ballot_check.not_stamped"
    found.append((say("ballot_check.stamp"), say(word)))
    if meeting.workflow_state in ("published", "archived"):
        excluded = {row["index"]: row for row in meeting.result.record["excluded"]}
        row = excluded.get(index)
        counted = say("ballot_check.counted")
        if row is not None:
            counted = f"{say('refusal.' + row['reason'])} {row['clause']}"
        found.append((say("ballot_check.count"), counted))
        told = standing.words(meeting, meeting.result, layout)
        if told:
            found.append((say("standing.title"), told))
        bucket = tables.bucket_of(meeting, meeting.result, lot)
        if bucket is not None:
            found.append((say("ballot_check.bucket"), str(bucket)))
    return found


def _covers(box: Any, stamp: Any, index: int) -> bool:
    size, *_ = box.log.signed[stamp.position]
    return bool(size > index)
