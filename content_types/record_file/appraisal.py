"""Appraisal of files whose retention has ended (到期鉴定): list, two persons, proof (R15–R17)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785

from content_types.record_file import RecordFile
from portal import audit, clock, content, notify
from portal.content import ContentItem, by_oid, content_type
from portal.errors import PortalError
from portal.evidence.canonical import sm3
from portal.evidence.keys import public_record, sign_record
from portal.job_registry import periodic
from portal.rules.days import local_date
from portal.security import Role, lineage, principals_for
from portal.views.queue import WAITING, add_waiting
from portal.workflow import guard, on_transition

DESTROY, EXTEND, KEEP = "destroy", "extend", "keep"
OPINIONS = (EXTEND, DESTROY, KEEP)
LONGEST_EXTENSION = 100


@dataclass(frozen=True)
class Opinion:
    """What is proposed for one file, and why; ``years`` is how much longer it is kept."""

    file_oid: int
    number: str
    title: str
    opinion: str
    years: int
    reason: str


@content_type("record_appraisal", workflow="record_appraisal", addable_to=("archives",))
class Appraisal(ContentItem):
    """One list of files with an opinion on each; carried out, it holds the proof of destruction."""

    title = ""
    opinions: tuple[Opinion, ...] = ()
    approver = ""
    certificate = ""  # signed JSON
    certificate_digest = ""

    def files_to(self, opinion: str) -> Iterator[tuple[Opinion, RecordFile]]:
        """Yield the files with one opinion that still stand in the archive."""
        for one in self.opinions:
            found = by_oid(self, one.file_oid)
            if one.opinion == opinion and found is not None:
                yield one, found


def due(archive: Any, today: date) -> list[RecordFile]:
    """Return the filed files whose retention has ended and that no open list names."""
    open_lists = [
        one
        for one in archive.values()
        if one.content_type_name == "record_appraisal"
        and one.workflow_state in ("proposed", "approved")
    ]
    named = {opinion.file_oid for one in open_lists for opinion in one.opinions}
    found = [
        item
        for item in archive.values()
        if item.content_type_name == "record_file"
        and item.workflow_state == "filed"
        and item.retention_ends is not None
        and item.retention_ends <= today
        and content.oid(item) not in named
    ]
    return sorted(found, key=lambda one: (one.retention_ends, one.record_number))


def hold_on(item: RecordFile) -> str:
    """Return what forbids to destroy a file now, or nothing: an open dispute about its source."""
    source = by_oid(item, item.source_oid)
    for child in getattr(source, "values", tuple)():
        kind = getattr(child, "content_type_name", "")
        if kind in WAITING and child.workflow_state in WAITING[kind]:
            return str(child.title)
    return ""


def propose(archive: Any, opinions: list[Opinion], request: Any) -> Appraisal:
    """Put a list into the archive and tell who decides about it.

    Raises PortalError for an empty list, an unknown file, a missing reason, a period that is none,
    or a file that an open dispute holds.
    """
    if not opinions:
        raise PortalError("appraisal.empty", clause="R15", status=422)
    known = {content.oid(one): one for one in due(archive, local_date(clock.now()))}
    for one in opinions:
        item = known.get(one.file_oid)
        if item is None:
            raise PortalError("appraisal.not_due", clause="R15", number=one.number, status=409)
        if not one.reason:
            raise PortalError("appraisal.reason", clause="R15", number=one.number)
        if one.opinion == EXTEND and not 0 < one.years <= LONGEST_EXTENSION:
            raise PortalError("appraisal.years", clause="R15", number=one.number)
        if one.opinion == DESTROY:
            _refuse_held(item)
    day = local_date(clock.now())
    item = content.create(
        "record_appraisal", request, title=f"{day.isoformat()}", opinions=tuple(opinions)
    )
    content.add(archive, item, request)
    for account in request.site.accounts:
        if account.active and principals_for(item, (Role.STREET_OFFICER,)) & account.principals():
            notify.send(
                request,
                account.id,
                "appraisal.new",
                {"community": community_of(archive).title, "count": len(opinions)},
                link=request.resource_path(item),
            )
    return item


def community_of(place: Any) -> Any:
    """Return the community an archive lies in."""
    return next(one for one in lineage(place) if one.content_type_name == "community")


def _refuse_held(item: RecordFile) -> None:
    held = hold_on(item)
    if held:
        raise PortalError(
            "appraisal.held", clause="R17", number=item.record_number, what=held, status=409
        )


@guard("nothing_held")
def nothing_held(item: Appraisal, request: Any) -> bool:
    """No file to be destroyed belongs to a procedure with an open objection or complaint."""
    for _, file in item.files_to(DESTROY):
        _refuse_held(file)
    return True


@guard("not_the_approver")
def not_the_approver(item: Appraisal, request: Any) -> bool:
    """Who approved a list does not carry it out: two persons stand for each destruction."""
    return bool(item.approver != request.account_id)


@on_transition("record_appraisal.approve")
def note_approver(event: Any) -> None:
    """Keep who approved."""
    event.item.approver = event.request.account_id


@on_transition("record_appraisal.carry_out")
def carry_out(event: Any) -> None:
    """Prolong, keep for ever, or destroy with a signed certificate (R16)."""
    item, request = event.item, event.request
    for one, file in item.files_to(EXTEND):
        file.retention_years += one.years
        file.remember(request.account_id, "retention_extended", comment=one.reason)
    for one, file in item.files_to(KEEP):
        file.retention_years = 0
        file.remember(request.account_id, "kept_for_ever", comment=one.reason)
    gone = list(item.files_to(DESTROY))
    if not gone:
        return
    signed = sign_record(request.registry.signer, _certificate(item, gone, request))
    data = rfc8785.dumps(signed)
    item.certificate = data.decode()
    item.certificate_digest = hashlib.sha256(data).hexdigest()
    for one, file in gone:
        file.destroy(content.oid(item), one.reason, request)
    audit.record(request, "record.destroyed", item, sha256=item.certificate_digest, files=len(gone))


def _certificate(
    item: Appraisal, gone: list[tuple[Opinion, RecordFile]], request: Any
) -> dict[str, Any]:
    """Return what was destroyed, why and by whom, as a record that others can check."""
    return {
        "type": "destruction-certificate",
        "v": 1,
        "community": community_of(item).title,
        "list": item.__name__,
        "at": clock.now().isoformat(timespec="seconds"),
        "proposed_by": item.creator,
        "approved_by": item.approver,
        "carried_out_by": request.account_id,
        "signer": public_record(request.registry.signer),
        "files": [
            {
                "number": file.record_number,
                "title": file.title,
                "class": file.class_code,
                "reason": one.reason,
                "manifest_sha256": file.manifest_digest,
                "manifest_sm3": sm3(rfc8785.dumps(file.manifest())).hex(),
                "parts": len(file.entries),
            }
            for one, file in gone
        ],
    }


def certificate_of(item: Appraisal) -> dict[str, Any]:
    """Return the signed certificate of a list that was carried out."""
    return dict(json.loads(item.certificate)) if item.certificate else {}


@periodic(seconds=86_400)
def tell_due(request: Any, now: datetime) -> None:
    """Tell records officers once a month of files that wait for appraisal."""
    day = local_date(now)
    if day.day != 1:
        return
    for community in request.site["communities"].values():
        archive = community["archives"]
        found = due(archive, day)
        if not found:
            continue
        values = {"community": community.title, "count": len(found)}
        wanted = principals_for(archive, (Role.RECORDS_OFFICER,))
        for account in request.site.accounts:
            if account.active and wanted & account.principals():
                link = request.resource_path(archive, "appraise")
                notify.send(request, account.id, "appraisal.due", values, link=link)


def includeme(_config: Any) -> None:
    """Let lists stand in the work list."""
    add_waiting("record_appraisal", ("proposed", "approved"))
