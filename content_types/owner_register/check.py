"""Checking all lines of a register against each other (整表核对); pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median_low

from content_types.owner_register.columns import INDEX
from content_types.owner_register.findings import Finding, Severity
from content_types.owner_register.masked import mask
from content_types.owner_register.normalise import place, plain, text
from content_types.owner_register.rows import CleanRow, RowReader
from content_types.owner_register.sheet import Sheet, SheetRow
from portal.rules.area import format_area
from portal.rules.number import format_percent

# An area this many times larger or smaller than its neighbours' is worth a look.
AREA_FACTOR = 5
# Fewer neighbours than this prove nothing.
MIN_SIBLINGS = 3

UnitKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome: units whose every line holds, and all findings in the order of the sheet.

    ``units`` are groups of lines, one group per unit; ``refused_units`` counts the units kept
    out because a line of theirs was refused: never half a unit.
    """

    units: tuple[tuple[CleanRow, ...], ...]
    findings: tuple[Finding, ...]
    lines: int
    refused_units: int
    refused_keys: frozenset[UnitKey]

    def count(self, severity: Severity) -> int:
        """Return the number of findings of one weight."""
        return sum(finding.severity == severity for finding in self.findings)


def check_sheet(
    sheet: Sheet,
    today: date,
    *,
    project: str = "",
    buildings: Iterable[str] = (),
    entrances: Iterable[str] = (),
) -> Check:
    """Read and check every line of a sheet.

    ``today`` is the date of the law (Asia/Shanghai); ``project`` and ``buildings`` are what the
    portal knows of the community, empty when it knows nothing yet.
    """
    buildings = tuple(buildings)
    checker = _Checker(sheet, RowReader(today, buildings, entrances))
    checker.read_lines()
    checker.check_project(project)
    if buildings:
        checker.check_buildings({place(name, "栋")[0] for name in buildings})
    checker.check_units()
    checker.check_areas()
    return checker.result()


class _Checker:
    """The state of one check."""

    def __init__(self, sheet: Sheet, reader: RowReader) -> None:
        self.sheet = sheet
        self.reader = reader
        self.lines: dict[int, SheetRow] = {}
        self.units: dict[UnitKey, list[CleanRow]] = defaultdict(list)

    def note(self, row: CleanRow, column: str, rule: str, **values: object) -> None:
        self.reader.note(self.lines[row.number], column, rule, **values)

    def read_lines(self) -> None:
        for line in self.sheet.rows:
            row = self.reader.read(line)
            if row is not None:
                self.lines[line.number] = line
                self.units[row.unit_key].append(row)

    def check_project(self, project: str) -> None:
        """Report each foreign project name once, with the number of its lines."""
        if not project:
            return
        names = Counter(plain(line["project"]) for line in self.lines.values())
        told: set[str] = {""}
        for line in self.lines.values():
            raw = plain(line["project"])
            if raw not in told and text(raw)[0] != project:
                self.reader.note(line, "project", "project.differs", lines=names[raw])
            told.add(raw)

    def check_buildings(self, known: set[str]) -> None:
        """Report each building outside the project once, with the number of its lines."""
        counts: Counter[str] = Counter()
        first: dict[str, CleanRow] = {}
        for rows in self.units.values():
            building = rows[0].building
            if building and place(building, "栋")[0] not in known:
                counts[building] += len(rows)
                earlier = first.setdefault(building, rows[0])
                first[building] = min(earlier, rows[0], key=lambda row: row.number)
        for building, row in first.items():
            self.note(row, "building", "building.not_in_project", lines=counts[building])

    def check_units(self) -> None:
        names: dict[tuple[str, str], str] = {}
        for key, rows in self.units.items():
            if key[0] and key[2]:
                self.units[key] = self._check_unit(rows)
        for row in sorted((r for rows in self.units.values() for r in rows), key=_number):
            if not row.id_number or not row.owner_name:
                continue
            known = names.setdefault(row.owner_key, row.owner_name)
            if known != row.owner_name:
                other = mask("owner_name", known)
                self.note(row, "owner_name", "id_number.other_name", other=other)

    def _check_unit(self, rows: list[CleanRow]) -> list[CleanRow]:
        """Compare the lines of one unit; return them with their shares settled."""
        first = rows[0]
        seen: dict[tuple[str, str], int] = {}
        owners: list[CleanRow] = []
        for row in rows:
            earlier = seen.setdefault(row.owner_key, row.number)
            if earlier != row.number and row.owner_key != ("name", ""):
                self.note(row, "", "row.duplicate", first=earlier)
            elif owners and "sole" in (row.ownership, owners[0].ownership):
                self.note(row, "", "ownership.second_sole_owner", first=owners[0].number)
            else:
                owners.append(row)
                self._compare(first, row)
        settled = self._settle_shares(owners)
        return [settled.get(row.number, row) for row in rows]

    def _compare(self, first: CleanRow, row: CleanRow) -> None:
        for column in ("exclusive_area", "use", "floor", "area_source"):
            mine, theirs = getattr(row, column), getattr(first, column)
            if mine != theirs and mine and theirs:
                self.note(row, column, "unit.differs", first=first.number)

    def _settle_shares(self, owners: list[CleanRow]) -> dict[int, CleanRow]:
        """Prove that the shares of a unit make 100 %, in any of the ways they are written."""
        if not all(row.share_given for row in owners):
            return {}
        shares = [row.share for row in owners]
        equal = Fraction(1, len(owners))
        total = sum((share for share in shares if share is not None), Fraction())
        alone = len(owners) == 1
        by_shares = owners[0].ownership == "by_shares"
        if None not in shares and total == 1:
            return {}
        if all(share is None for share in shares):
            # Joint ownership has no shares, a sole owner needs none stated.
            accepted = not by_shares and (alone or owners[0].ownership == "joint")
            factor = None
        elif None in shares:
            accepted, factor = False, None
        elif total == Fraction(1, 100):
            # A cell formatted as per cent holds 0.5 for 50 %.
            accepted, factor = not (alone and by_shares), 100
        else:
            # Three times 33.33 means a third each.
            near = Fraction(int(equal * 10_000 + Fraction(1, 2)), 10_000)
            accepted, factor = all(share == near for share in shares if share is not None), None
        if not accepted:
            self.note(owners[0], "share", "share.sum", total=format_percent(total))
            return {}
        settled = {}
        for row in owners:
            share = row.share * factor if factor and row.share is not None else equal
            self.note(row, "share", "cell.normalised", to=f"{format_percent(share)}%")
            settled[row.number] = row.with_share(share)
        return settled

    def check_areas(self) -> None:
        """Warn of an area far from the units above and below, or else from the building's."""
        stacks: dict[tuple[str, ...], list[int]] = defaultdict(list)
        uses: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for rows in self.units.values():
            area = rows[0].exclusive_area
            if area:
                stacks[_stack(rows[0])].append(area)
                uses[rows[0].building, rows[0].use].append(area)
        stack_medians = {k: median_low(v) for k, v in stacks.items() if len(v) > MIN_SIBLINGS}
        use_medians = {k: median_low(v) for k, v in uses.items() if len(v) > MIN_SIBLINGS}
        for rows in self.units.values():
            row = rows[0]
            usual = stack_medians.get(_stack(row)) or use_medians.get((row.building, row.use))
            area = row.exclusive_area
            if area and usual and not usual < area * AREA_FACTOR < usual * AREA_FACTOR**2:
                shown = format_area(usual, grouping=False)
                self.note(row, "exclusive_area", "area.far_from_siblings", usual=shown)

    def result(self) -> Check:
        findings = sorted(self.reader.findings, key=lambda f: (f.row, INDEX.get(f.column, -1)))
        refused = {f.row for f in findings if f.severity == Severity.REFUSED}
        bad = {key for key, rows in self.units.items() if any(r.number in refused for r in rows)}
        good = tuple(tuple(rows) for key, rows in self.units.items() if key not in bad)
        return Check(good, tuple(findings), len(self.lines), len(bad), frozenset(bad))


def _number(row: CleanRow) -> int:
    return row.number


def _stack(row: CleanRow) -> tuple[str, ...]:
    """Units above each other share the last two digits of the room number."""
    return (row.building, row.entrance, row.use, row.room[-2:])
