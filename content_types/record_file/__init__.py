"""Record file (案卷): what a procedure leaves behind, numbered, classed and unalterable."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785

import workflows
from portal import audit, catalog, clock, content
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.evidence.canonical import sm3
from portal.files import FileHolder, keep
from portal.job_registry import periodic
from portal.law import rules_at
from portal.rules.days import add_months, local_date
from portal.rules.strict import parse_yaml
from portal.security import Permission, Role, lineage
from portal.vault import Vault
from portal.watch import tell_operators
from portal.workflow import guard

CLASSES_FILE = Path(workflows.__file__).parent / "records" / "classes.yaml"
# Who may open a part of a file: everybody, or only those who answer for the vote.
OPEN, RESTRICTED = "open", "restricted"
# Restricted parts lie sealed; their digests are those of what was sealed.
PURPOSE = "record"
CHECK_AGAIN = timedelta(days=30)
RESTRICTED_ROLES = (Role.RECORDS_OFFICER, Role.STREET_OFFICER, Role.SCRUTINEER)


@dataclass(frozen=True)
class Part:
    """One record (件) of a file before it is captured."""

    kind: str
    title: str
    filename: str
    media_type: str
    data: bytes
    access: str = OPEN


@dataclass(frozen=True)
class Entry:
    """One record (件) of a captured file: its number, digest and stored bytes by file id."""

    number: int
    kind: str
    title: str
    file_id: str
    sha256: str
    sm3: str
    size: int
    access: str


def classes() -> dict[str, dict[str, Any]]:
    """Return the classification scheme by code."""
    data = parse_yaml(CLASSES_FILE.read_text("utf-8"))
    return {entry["code"]: entry for entry in data["classes"]}


@content_type(
    "record_file",
    workflow="record_file",
    addable_to=("archives",),
    add_permission=Permission.RECORD_FILE,
)
class RecordFile(FileHolder, ContentItem):
    """Captured whole, in one step, by a procedure; there is no path to change a part."""

    title = ""
    source_oid = 0
    source_kind = ""
    entries: tuple[Entry, ...] = ()
    missing: tuple[str, ...] = ()  # kinds the procedure asks for but did not yield
    manifest_digest = ""
    record_number = ""
    class_code = ""
    retention_years = 0
    filed_at: datetime | None = None
    checked_at: datetime | None = None  # when the parts were last read and digested again
    found_faults: tuple[str, ...] = ()  # what that reading found
    destroyed_at: datetime | None = None
    destruction_oid = 0  # the appraisal that holds the certificate
    began_on: date | None = None
    ended_on: date | None = None

    @property
    def community(self) -> Any:
        """The community whose archive it lies in."""
        return next(place for place in lineage(self) if place.content_type_name == "community")

    @property
    def retention_ends(self) -> date | None:
        """The day on which its retention ends; None for ever, and for what is gone already."""
        if not self.retention_years or self.ended_on is None or self.destroyed_at is not None:
            return None
        return add_months(self.ended_on, 12 * self.retention_years)

    def destroy(self, appraisal_oid: int, reason: str, request: Any) -> None:
        """Delete every part; number, list of parts and digests stay as the stub (R16)."""
        for entry in self.entries:
            self.detach(entry.file_id)
        self.destroyed_at, self.destruction_oid = clock.now(), appraisal_oid
        self.remember(request.account_id or "system", "destroyed", comment=reason)
        catalog.index(self, request)

    def search_text(self) -> str:
        """Return title, number and the titles of the parts."""
        return "\n".join([self.title, self.record_number, *(entry.title for entry in self.entries)])

    def manifest(self) -> dict[str, Any]:
        """Return the list of parts with their digests as plain data."""
        return {
            "type": "record-file",
            "v": 1,
            "title": self.title,
            "parts": [
                {
                    "number": entry.number,
                    "kind": entry.kind,
                    "title": entry.title,
                    "size": entry.size,
                    "sha256": entry.sha256,
                    "sm3": entry.sm3,
                }
                for entry in self.entries
            ],
        }

    def read(self, entry: Entry, vault: Vault) -> bytes:
        """Return the bytes of a part; ValueError when a restricted one does not open."""
        data = self.file(entry.file_id).read()
        if entry.access == OPEN:
            return data
        return vault.open_bytes(data, f"{PURPOSE}:{entry.sha256}")

    def faults(self, vault: Vault) -> list[str]:
        """Re-read every part and return what no longer agrees with its digest."""
        found = []
        for entry in self.entries if self.destroyed_at is None else ():
            try:
                intact = hashlib.sha256(self.read(entry, vault)).hexdigest() == entry.sha256
            except (ValueError, AttributeError):
                intact = False
            if not intact:
                found.append(entry.title)
        if _digest(self.manifest()) != self.manifest_digest:
            found.append("manifest")
        return found

    def check(self, request: Any) -> tuple[str, ...]:
        """Read every part again, keep what was found and when, and return it."""
        self.found_faults, self.checked_at = tuple(self.faults(request.vault)), clock.now()
        audit.record(request, "record_file.check", self, faults=len(self.found_faults))
        return self.found_faults


def capture(
    archive: Any, source: Any, parts: list[Part], wanted: tuple[str, ...], request: Any
) -> RecordFile:
    """Put the parts of a finished procedure into the archive as one file."""
    item = content.create(
        "record_file",
        request,
        title=source.title,
        source_oid=content.oid(source),
        source_kind=source.content_type_name,
        began_on=local_date(source.created_at),
        ended_on=local_date(clock.now()),
    )
    entries = []
    for number, part in enumerate(parts, 1):
        digest = hashlib.sha256(part.data).hexdigest()
        data = part.data
        if part.access != OPEN:
            data = request.vault.seal_bytes(data, f"{PURPOSE}:{digest}")
        stored = item.attach(keep(data, part.filename, part.media_type, request, title=part.title))
        entries.append(
            Entry(
                number,
                part.kind,
                part.title,
                stored.id,
                digest,
                sm3(part.data).hex(),
                len(part.data),
                part.access,
            )
        )
    item.entries = tuple(entries)
    item.missing = tuple(kind for kind in wanted if kind not in {part.kind for part in parts})
    item.manifest_digest = _digest(item.manifest())
    item.checked_at = clock.now()
    content.add(archive, item, request)
    return item


@periodic(seconds=3600)
def check_old_files(request: Any, now: datetime) -> None:
    """Read the file again that was not read for longest, when that is a month ago.

    One an hour: a page of the archive shows what was found and never reads the parts itself.
    """
    filed = [
        item
        for community in request.site["communities"].values()
        for item in community["archives"].values()
        if item.content_type_name == "record_file"
        and (item.checked_at is None or now - item.checked_at >= CHECK_AGAIN)
    ]
    if filed:
        oldest = min(filed, key=lambda one: (one.checked_at or one.created_at, one.__name__))
        if oldest.check(request):
            tell_operators(request, now, "operator.record_fault", {"title": oldest.title})


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(record)).hexdigest()


@guard("classified")
def classified(item: RecordFile, request: Any) -> bool:
    """A file is numbered when its class and retention period are decided."""
    return bool(item.record_number)


@guard("nothing_missing")
def nothing_missing(item: RecordFile, request: Any) -> bool:
    """Every document the procedure asks for is in the file."""
    if item.missing:
        clause = rules_at(item, request.registry).clauses["archive"]
        raise PortalError("record_file.missing", clause=clause, parts="、".join(item.missing))
    return True


def next_number(archive: Any, community: Any, class_code: str, year: int) -> str:
    """Return the next record number (档号) of a class and year; none is used by two files."""
    prefix = f"{community.__name__.upper()}-{class_code}-{year}-"
    # After the highest, not the number of them: one that was classed anew left its number.
    taken = [
        int(one.record_number.removeprefix(prefix))
        for one in archive.values()
        if getattr(one, "record_number", "").startswith(prefix)
    ]
    return f"{prefix}{max(taken, default=0) + 1:04d}"


def decide(item: RecordFile, class_code: str, retention_years: int, request: Any) -> None:
    """Set class and retention period and give the number of the class (R2, R14).

    Raises PortalError when the period is shorter than the class demands.
    """
    least = classes()[class_code]["retention"]
    shorter = retention_years and (least == 0 or retention_years < least)
    if shorter:
        raise PortalError("record_file.too_short", field="retention_years", least=least)
    if not item.record_number or item.class_code != class_code:
        year = item.ended_on.year if item.ended_on else clock.local(clock.now()).year
        item.record_number = next_number(item.__parent__, item.community, class_code, year)
    item.class_code, item.retention_years = class_code, retention_years
    item.filed_at = clock.now()
    item.remember(request.account_id or "system", "classified", comment=item.record_number)
    audit.record(request, "record_file.classify", item, after={"class": class_code})
