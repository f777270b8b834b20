"""The masked list of owners and what is bound to them (绑定公示), published with the notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from persistent import Persistent

from content_types.building import by_address
from portal.rules.masking import mask_company, mask_name, mask_phone
from portal.rules.vocabulary import BINDING_COLUMNS


class BindingLine(NamedTuple):
    """One line as everybody may see it (SZ-14.1, SZ-14.2): the columns a profile may order."""

    name: str = ""
    room: str = ""
    mobile: str = ""
    bound_at: datetime | None = None
    binding_state: str = ""
    building: str = ""


class BindingList(Persistent):
    """The list as it stood when it was published; it holds no more than its columns show."""

    def __init__(
        self, lines: Iterable[BindingLine], at: datetime, columns: tuple[str, ...]
    ) -> None:
        empty = BindingLine()._asdict()
        unasked = {name: empty[name] for name in BINDING_COLUMNS if name not in columns}
        self.columns = columns
        self.lines = tuple(line._replace(**unasked) for line in lines)
        self.published_at = at

    def __iter__(self) -> Iterator[BindingLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)


def binding_list(meeting: Any, request: Any) -> BindingList | None:
    """Return the masked list of owners, or None where no law of the place orders it (SZ-14.1)."""
    columns = meeting.rules(request.registry).documents["binding_list"].value
    if not columns:
        return None
    return BindingList(_lines(meeting, request.vault), meeting.noticed_at, columns)


def _lines(meeting: Any, vault: Any) -> Iterator[BindingLine]:
    """Yield a line for every owner of every unit."""
    for unit in by_address(meeting.community["owners"].units()):
        bound = {binding.person: binding.bound_at for binding in unit.bindings}
        for holder in unit.holders:
            at = bound.get(holder.person)
            name = unit.holder_name(vault, holder.person)
            phone = unit.holder_phone(vault, holder.person)
            mask = mask_company if holder.id_kind == "credit_code" else mask_name
            yield BindingLine(
                name=mask(name),
                room=unit.label,
                mobile=mask_phone(phone) if phone else "",
                bound_at=at,
                binding_state="bound" if at else "unbound",
                building=unit.building,
            )
