"""Telling owners that a ballot came in for their unit (投票告知), so that a false one shows."""

from __future__ import annotations

from typing import Any

from content_types.meeting.recorded import holders_at_cast
from portal import notify
from portal.content import by_oid, oid
from portal.layout import Layout
from portal.outbox import job

BATCH = 100
TERMINAL = "terminal"


def promise_notices(meeting: Any, request: Any, rights: list[str]) -> None:
    """Promise a message to every account bound to the units of these rights."""
    for start in range(0, len(rights), BATCH):
        batch = {"meeting": oid(meeting), "rights": rights[start : start + BATCH]}
        request.site.outbox.put("meeting.tell_cast", batch)


@job("meeting.tell_cast")
def tell_cast(request: Any, meeting: int, rights: list[str]) -> None:
    """Tell the voter and the co-owners of each right when a ballot came in, never which."""
    item = by_oid(request.site, meeting)
    box, register, layout = item.ballot_box, item.community["owners"], Layout(request, item)
    for key in rights:
        right = box.roll.rights[key]
        units, held = register.known_units(right.units), holders_at_cast(item, right)
        accounts = {
            binding.account_id
            for unit in units
            for binding in unit.bindings
            if binding.person in held
        }
        if box.slots[key].authority:
            accounts.add(item[box.slots[key].authority].addressee)
        values = {
            "unit": "、".join(unit.label for unit in units if unit.code in box.cast_units(right)),
            "title": item.title,
            "time": layout.time(box.slots[key].cast_at),
            "voucher": key,
        }
        if box.slots[key].channel == TERMINAL:
            _tell_by_phone(request, units, values)
        link = request.resource_path(item, *(() if item.is_secret else ("voucher", key)))
        for account_id in sorted(accounts):
            notify.send(request, account_id, "vote.cast", values, link=link)


def _tell_by_phone(request: Any, units: list[Any], values: dict[str, Any]) -> None:
    """Tell owners without an account that a ballot was cast at a terminal, so a false one shows."""
    vault = request.vault
    phones = {
        unit.holder_phone(vault, holder.person)
        for unit in units
        for holder in unit.holders
        if all(binding.person != holder.person for binding in unit.bindings)
    }
    told = {name: values[name] for name in ("unit", "title", "time")}
    for phone in sorted(phones - {""}):
        notify.send_to_address(request, "sms", phone, "kiosk.cast", told)
