"""Between the register's objects and plain records (名册存取): reading, writing, finding."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from content_types.building import name_for
from content_types.owner_register import sold
from content_types.owner_register.check import UnitKey
from content_types.owner_register.plan import ImportPlan, OwnerRecord, UnitRecord, total
from portal import clock, content
from portal.vault import Vault

FIELDS = (
    "entrance",
    "room",
    "floor",
    "use",
    "exclusive_area",
    "area_source",
    "unsold",
    "note",
)


def record_of(unit: Any, vault: Vault) -> UnitRecord:
    """Return a unit of the register as a plain record, its owners opened."""
    return UnitRecord(
        building=unit.building,
        owners=tuple(OwnerRecord(**owner) for owner in unit.owners(vault)),
        **{name: getattr(unit, name) for name in FIELDS},
    )


def existing(register: Any, vault: Vault) -> dict[UnitKey, UnitRecord]:
    """Return the whole register as plain records."""
    records = (record_of(unit, vault) for unit in register.units())
    return {record.key: record for record in records}


def carry_out(register: Any, plan: ImportPlan, request: Any, source: tuple[str, str]) -> None:
    """Write a plan into the register in the current transaction; raises no user error.

    ``source`` is the kind (import, correction) and name of the object that brought the data, kept
    in events and counts (BJ-G4.2).
    """
    writer = _Writer(register, request, source)
    for unit in plan.add:
        building = writer.building(unit.building)
        writer.write(building.add_unit(unit.entrance, unit.room, request), unit, added=True)
    for change in plan.change:
        writer.write(writer.units[change.after.key], change.after, columns=change.columns)
    if not sold.ends_at_launch(register.community.rules(request.registry)):
        changed = (writer.units[change.after.key] for change in plan.change)
        sold.unbind_sellers(request, changed)
    after = plan.unchanged + plan.add + tuple(change.after for change in plan.change)
    left = set(plan.untouched)
    others = (record_of(u, request.vault) for u in register.units() if left and u.key in left)
    register.totals = total((*after, *others))
    register.revision += 1
    for building, counts in writer.counts.items():
        building.count_changes(source[0], added=counts["added"], modified=counts["modified"])


class _Writer:
    """Writes units of one import and keeps the tokens and events in step."""

    def __init__(self, register: Any, request: Any, source: tuple[str, str]) -> None:
        self.register = register
        self.request = request
        self.vault = request.vault
        self.source = source
        self.actor = request.account_id or getattr(request, "import_actor", "") or "system"
        self.now = clock.now()
        self.buildings = {b.title: b for b in register.buildings.values()}
        self.units = {unit.key: unit for unit in register.units()}
        self.counts: dict[Any, Counter[str]] = defaultdict(Counter)
        self.next_event = len(register.ownership_events)

    def building(self, title: str) -> Any:
        """Return the building of a name, created when it is new."""
        known = self.buildings.get(title)
        if known is None:
            place = self.register.buildings
            known = content.create("building", self.request, title=title)
            content.add(place, known, self.request, name=name_for(place, title))
            self.buildings[title] = known
        return known

    def write(
        self, unit: Any, record: UnitRecord, *, added: bool = False, columns: tuple[str, ...] = ()
    ) -> None:
        """Write one unit, its tokens and, where owners change, its ownership event."""
        before = tuple((holder.person, str(holder.share)) for holder in unit.holders)
        old_tokens = set() if added else self._tokens(unit, unit.owners(self.vault))
        owners = [_owner_values(owner) for owner in record.owners]
        unit.write(
            self.vault,
            {name: getattr(record, name) for name in FIELDS},
            owners,
        )
        self._index(unit.code, old_tokens, self._tokens(unit, owners))
        if added:
            unit.creator, unit.created_at = self.actor, self.now
        else:
            unit.remember(self.actor, self.source[0], fields=list(columns), source=self.source[1])
        unit.modified_at = self.now
        self.counts[unit.__parent__]["added" if added else "modified"] += 1
        after = tuple((holder.person, str(holder.share)) for holder in unit.holders)
        if before != after:
            self.register.ownership_events[self.next_event] = {
                "at": self.now,
                "actor": self.actor,
                "unit": unit.code,
                "kind": "registered" if added else "changed",
                "before": before,
                "after": after,
                "source": self.source,
            }
            self.next_event += 1

    def _tokens(self, unit: Any, owners: list[dict[str, Any]]) -> set[str]:
        tokens = {f"person:{holder.person}" for holder in unit.holders}
        for owner in owners:
            tokens.update(search_tokens(self.vault, name=owner["name"], phone=owner["phone"]))
        return tokens

    def _index(self, code: str, old: set[str], new: set[str]) -> None:
        by_token = self.register.by_token
        for token in old - new:
            rest = tuple(c for c in by_token.get(token, ()) if c != code)
            if rest:
                by_token[token] = rest
            else:
                by_token.pop(token, None)
        for token in new - old:
            by_token[token] = (*by_token.get(token, ()), code)


def _owner_values(owner: OwnerRecord) -> dict[str, Any]:
    return {
        "name": owner.name,
        "id_kind": owner.id_kind,
        "id_number": owner.id_number,
        "share": owner.share,
        "phone": owner.phone,
        "registered_on": owner.registered_on,
    }


def search_tokens(vault: Vault, *, name: str = "", phone: str = "") -> Iterator[str]:
    """Yield the tokens by which a name or a phone is found."""
    if name:
        yield f"name:{vault.token(name, 'register-name')}"
    if phone:
        yield f"phone:{vault.token(phone, 'register-phone')}"


def search(register: Any, words: str, vault: Vault, person: str) -> list[Any]:
    """Return the units found by a whole name, phone or document, or by place.

    ``person`` is the token of the words read as a document number.
    """
    words = words.strip()
    if not words:
        return []
    codes: dict[str, None] = {}
    for token in (f"person:{person}", *search_tokens(vault, name=words, phone=words)):
        codes.update(dict.fromkeys(register.by_token.get(token, ())))
    units: list[Any] = register.known_units(codes)
    bare = "".join(words.split())
    units += [u for u in register.units() if u.code not in codes and bare in (u.label, u.room)]
    return units
