"""What registers and requests hold of an account's person (注销时的清除), taken away with it."""

from __future__ import annotations

from typing import Any

from content_types import office_request
from content_types.owner_register import binding, proof
from portal import accounts, audit, workflow
from portal.closing import PersonForgotten
from portal.security import Role


def forget(event: PersonForgotten) -> None:
    """Unbind the person's units, and delete the papers shown; ballots stay where they are."""
    account, request = event.account, event.request
    for unit in binding.bound_units(request, account):
        binding.unbind_unit(request, account, unit, "account_closed")
    for role, scope in account.grants:
        if role == Role.OWNER:
            accounts.revoke(account, role, scope)
    for community in request.site["communities"].values():
        for item in community.get(proof.SECTION, {}).values():
            if item.creator == account.id:
                _forget_papers(item, request)
                item.sealed_claim = b""
    if event.whole:
        for item in request.site.get(office_request.SECTION, {}).values():
            if item.creator == account.id:
                _forget_papers(item, request)
                item.sealed_person_name = b""


def _forget_papers(item: Any, request: Any) -> None:
    if item.workflow_state == "submitted":
        # By the system: the person is gone when the clock closes the account.
        workflow.transition(item, "withdraw", request, system=True)
    item.drop_pictures(request, "person_forgotten")
    item.pictures_until = None
    audit.record(request, "pictures.forget", item)


def includeme(config: Any) -> None:
    """Register the subscriber."""
    config.add_subscriber(forget, PersonForgotten)
