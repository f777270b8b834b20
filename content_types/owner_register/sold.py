"""The binding of who sold a unit (产权变更后的解绑): when it ends is the law of the place (C-8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from content_types.owner_register.binding import community_of, is_bound, unbind_unit
from portal import notify
from portal.rules.profile import Profile


def ends_at_launch(profile: Profile) -> bool:
    """Say whether sellers are unbound when a meeting is launched (SZ-13), not by the register."""
    return profile.title_change.value == "unbind_at_launch"


def unbind_sellers(request: Any, units: Iterable[Any]) -> None:
    """Unbind who holds a unit no longer, and tell him and the new owners (SZ-13, BJ-OQ12)."""
    for unit in units:
        stale = unit.stale_bindings()
        for binding in stale:
            account = request.site.accounts[binding.account_id]
            unbind_unit(request, account, unit, "title_changed")
            _tell(request, account, "unit.unbound", unit, "/me")
        for holder in unit.holders if stale else ():
            account = request.site.accounts.of_person(holder.person)
            if account is not None and not is_bound(unit, account.id):
                _tell(request, account, "unit.acquired", unit, "/me/bind")


def _tell(request: Any, account: Any, template: str, unit: Any, link: str) -> None:
    values = {"community": community_of(unit).title, "unit": unit.label}
    notify.send(request, account.id, template, values, link=link)
