"""Telling owners that a paper ballot was taken for their unit (书面投票告知), never its choice."""

from __future__ import annotations

from typing import Any

from content_types.meeting.paper.ledger import label_of
from portal import notify
from portal.content import by_oid
from portal.layout import Layout
from portal.outbox import job


@job("paper.tell")
def tell_return(request: Any, paper: int, right: str) -> None:
    """Tell every account bound to the units of a right, so that a false ballot shows."""
    item = by_oid(request.site, paper)
    meeting, layout = item.meeting, Layout(request, item)
    held = meeting.ballot_box.roll.rights[right]
    sheet = item.sheet(item.live[right])
    register = meeting.community["owners"]
    units = register.known_units(held.units)
    accounts = {
        binding.account_id
        for unit in units
        for binding in unit.bindings
        if unit.holder(binding.person) is not None
    }
    values = {
        "unit": label_of(item, held),
        "title": meeting.title,
        "serial": sheet.serial,
        "time": layout.time(sheet.returned_at),
    }
    for account_id in sorted(accounts):
        notify.send(request, account_id, "paper.recorded", values, link=layout.url(meeting))
