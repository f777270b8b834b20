"""Reading one line of a register into clean values and findings (逐行核对); pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from content_types.owner_register import normalise, words
from content_types.owner_register.columns import BY_KEY
from content_types.owner_register.findings import Finding
from content_types.owner_register.masked import mask
from content_types.owner_register.normalise import Unreadable
from content_types.owner_register.sheet import SheetRow
from portal.rules.area import format_area
from portal.rules.number import format_percent


@dataclass(frozen=True, slots=True)
class CleanRow:
    """One owner of one unit as the file gives him; None stands for what could not be read.

    ``exclusive_area`` is in 0.01 m², ``share`` a fraction of the unit.
    """

    number: int
    building: str
    entrance: str
    room: str
    floor: int | None
    use: str
    exclusive_area: int | None
    owner_name: str
    id_kind: str
    id_number: str | None
    ownership: str
    share: Fraction | None
    share_given: bool
    phone: str
    registered_on: date | None
    area_source: str
    note: str

    @property
    def unit_key(self) -> tuple[str, str, str]:
        """Building, entrance and room."""
        return self.building, self.entrance, self.room

    @property
    def owner_key(self) -> tuple[str, str]:
        """What tells this owner from another: the document, or the name if it is unreadable."""
        return (self.id_kind, self.id_number) if self.id_number else ("name", self.owner_name)

    def with_share(self, share: Fraction) -> CleanRow:
        """Return the row with another share."""
        return replace(self, share=share)


class Places:
    """The names of buildings and entrances, one spelling for each.

    Names the register already has come first; then the first spelling in the file rules.
    """

    def __init__(self, names: Iterable[str], suffix: str) -> None:
        self.suffix = suffix
        self.names: dict[str, str] = {}
        self.seen: dict[Any, tuple[str, bool]] = {}
        for given in names:
            key, clean, _changed = normalise.place(given, suffix)
            self.names.setdefault(key, clean)

    def __call__(self, value: Any) -> tuple[str, bool]:
        """Return the one name of a building or entrance and whether it differs from the cell."""
        known = self.seen.get((type(value), value))
        if known is None:
            key, clean, changed = normalise.place(value, self.suffix)
            chosen = self.names.setdefault(key, clean) if clean else ""
            known = self.seen[type(value), value] = (chosen, changed or chosen != clean)
        return known


class RowReader:
    """Reads lines one after the other; remembers the findings and the spellings seen."""

    def __init__(self, today: date, buildings: Iterable[str], entrances: Iterable[str]) -> None:
        self.today = today
        self.buildings = Places(buildings, "栋")
        self.entrances = Places(entrances, "单元")
        self.findings: list[Finding] = []

    def note(self, row: SheetRow, column: str, rule: str, **values: Any) -> None:
        """Add a finding about a cell; personal values are masked."""
        raw = normalise.plain(row[column])[: normalise.MAX_TEXT] if column else ""
        value = mask(column, raw)
        self.findings.append(Finding(row.number, column, value, rule, tuple(values.items())))

    def read(self, row: SheetRow) -> CleanRow | None:
        """Read one line; None for an empty line or a total."""
        first = next((t for t in (str(cell).strip() for cell in row.cells) if t), "")
        if not first:
            self.note(row, "", "row.empty")
            return None
        if not (row["owner_name"] or row["id_number"]):
            word = "".join(first.lower().split())
            if word.startswith(words.TOTAL_WORDS):
                self.note(row, "", "row.total")
                return None
        return self._read(row)

    def _read(self, row: SheetRow) -> CleanRow:
        building = self._take(row, "building", self.buildings, "")
        entrance = self._take(row, "entrance", self.entrances, "")
        id_kind = self._word(row, "id_kind", words.ID_KINDS, "id_kind.unknown")
        given_share = self._take(row, "share", normalise.share, None)
        return CleanRow(
            number=row.number,
            building=building,
            entrance=entrance,
            room=self._take(row, "room", normalise.room, ""),
            floor=self._take(row, "floor", normalise.floor, None),
            use=self._word(row, "use", words.USES, "use.unknown", "other"),
            exclusive_area=self._take(row, "exclusive_area", normalise.area, None),
            owner_name=self._take(row, "owner_name", normalise.name, ""),
            id_kind=id_kind,
            id_number=self._id_number(row, id_kind),
            ownership=self._word(row, "ownership", words.OWNERSHIPS, "ownership.unknown"),
            share=given_share,
            share_given=given_share is not None or not str(row["share"]).strip(),
            phone=self._take(row, "phone", normalise.phone, ""),
            registered_on=self._registered_on(row),
            area_source=self._word(
                row, "area_source", words.AREA_SOURCES, "area_source.unknown", "unknown"
            ),
            note=self._take(row, "note", normalise.text, ""),
        )

    def _take(self, row: SheetRow, column: str, reader: Callable[[Any], Any], default: Any) -> Any:
        """Read one cell, noting what was changed, is missing or cannot be read."""
        raw = row[column]
        if raw == "" or (isinstance(raw, str) and not raw.strip()):
            if BY_KEY[column].required and column != "share":
                self.note(row, column, "cell.required")
            return default
        try:
            value, changed = reader(raw)
        except Unreadable as error:
            self.note(row, column, error.rule)
            return default
        if changed:
            self.note(row, column, "cell.normalised", to=mask(column, _shown(column, value)))
        return value

    def _word(
        self, row: SheetRow, column: str, table: dict[str, str], rule: str, default: str = ""
    ) -> str:
        """Read a cell that holds one of a list of words."""
        raw = row[column]
        if isinstance(raw, str) and raw in table:
            return table[raw]
        found = self._take(row, column, normalise.text, "")
        if found and found not in table:
            self.note(row, column, rule)
        return table.get(found, default)

    def _id_number(self, row: SheetRow, kind: str) -> str | None:
        if not kind and str(row["id_number"]).strip():
            # Without a known kind there is no form to check; the kind has its own finding.
            return None
        number: str | None = self._take(
            row, "id_number", lambda raw: normalise.id_number(raw, kind), None
        )
        if number is None or kind != "resident_id":
            return number
        if normalise.birth_date(number) > self.today:
            self.note(row, "id_number", "id_number.birth_date")
            return None
        if normalise.is_first_generation(row["id_number"]):
            self.note(row, "id_number", "id_number.first_generation")
        return number

    def _registered_on(self, row: SheetRow) -> date | None:
        found: date | None = self._take(row, "registered_on", normalise.day, None)
        if found is not None and found > self.today:
            self.note(row, "registered_on", "registered_on.future")
            return None
        return found


def _shown(column: str, value: Any) -> str:
    """Return a clean value as a person reads it."""
    if column == "exclusive_area":
        return format_area(value, grouping=False)
    if column == "share":
        return f"{format_percent(value)}%"
    return "" if value is None else str(value)
