"""Proof of identity by papers (人工认证): uploaded, looked at by a person, decided (BJ-O4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from content_types.owner_register import identity, methods
from content_types.sealed_pictures import PictureHolder, take
from portal import clock, content, notify, sections
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Added
from portal.job_registry import periodic
from portal.rules.keys import ProofReview
from portal.rules.profile import Profile
from portal.security import principals_for
from portal.views.queue import add_waiting
from portal.workflow import guard, on_transition

SECTION = "identity_proofs"
PICTURES = ("identity", "identity_back", "title")
NEEDED = ("identity", "title")


@content_type("identity_proof", workflow="identity_proof")
class IdentityProof(PictureHolder, ContentItem):
    """One owner's papers for one unit; approval verifies the account and mends the register."""

    title = ""
    unit_code = ""
    id_kind = ""
    title_kind = ""
    method = ""
    return_reason = ""
    due_at: datetime | None = None
    reminded = False
    sealed_claim = b""

    @property
    def community(self) -> Any:
        """The community whose register the claim is about."""
        return self.__parent__.__parent__

    @property
    def unit(self) -> Any:
        """The unit claimed, or None when it is gone."""
        return self.community["owners"].unit(self.unit_code)

    @property
    def owner(self) -> str:
        """What the pictures are sealed for."""
        return str(content.oid(self))

    def profile(self, request: Any) -> Profile:
        """Return the rules of the place."""
        return request.registry.profiles[self.community.profile_id]

    def claim(self, request: Any) -> tuple[str, str]:
        """Return name and number as claimed."""
        name, number = json.loads(request.vault.open(self.sealed_claim, f"proof:{self.owner}"))
        return name, number


def review_of(profile: Profile) -> ProofReview:
    """Return how papers are reviewed in a place; PortalError where papers are shown on site."""
    if profile.proof_review is None:
        raise PortalError("proof.not_here", clause=profile.identity_methods.clause, status=403)
    return profile.proof_review.value


def check_open(account: Any, community: Any, registry: Any) -> None:
    """Raise PortalError when the account may not show papers on line in a place now (BJ-O4.1)."""
    profile = community.rules(registry)
    review_of(profile)
    methods.check_offered(community, profile.upload_method.id, registry)
    if account.kind != "owner" or not account.sealed_phone:
        raise PortalError("identity.no_phone", clause="EV-5.1.2", status=403)
    if account.verified_at is not None:
        raise PortalError("proof.verified", clause=profile.upload_method.clause, status=409)
    if profile.upload_method.only_after_failure and account.identity_failed_at is None:
        raise PortalError("proof.not_tried", clause=profile.upload_method.clause, status=403)


def waiting_proof(request: Any, account: Any) -> IdentityProof | None:
    """Return the account's papers that wait for a decision, or None."""
    for community in request.site["communities"].values():
        for item in community.get(SECTION, {}).values():
            if item.creator == account.id and item.workflow_state == "submitted":
                return item
    return None


def submit(request: Any, unit: Any, values: dict[str, Any]) -> IdentityProof:
    """Take the papers of the asking account for a unit and tell the reviewers.

    Raises PortalError naming the field that is wrong, or why it cannot be done here and now.
    """
    account = request.account
    community = unit.__parent__.__parent__.__parent__
    profile = request.registry.profiles[community.profile_id]
    check_open(account, community, request.registry)
    if waiting_proof(request, account) is not None:
        raise PortalError("proof.waiting", status=409)
    review = review_of(profile)
    name, number = identity.read_document(values["name"], values["id_kind"], values["id_number"])
    item = content.create(
        "identity_proof",
        request,
        title=unit.label,
        unit_code=unit.code,
        id_kind=values["id_kind"],
        title_kind=values["title_kind"],
        method=profile.upload_method.id,
        due_at=clock.now() + timedelta(days=review.days),
    )
    content.add(place_of(community, request), item, request)
    item.pictures = tuple(
        take(values[kind], item.owner, kind, request)
        for kind in PICTURES
        if values.get(kind) is not None
    )
    claim = json.dumps([name, number], ensure_ascii=False)
    item.sealed_claim = request.vault.seal(claim, f"proof:{item.owner}")
    identity.consent(account, "proof")
    tell_reviewers(item, request, "identity_proof.new")
    return item


def may_review(item: IdentityProof, request: Any) -> bool:
    """Say whether the person reviews papers in this place and is not their owner."""
    review = item.profile(request).proof_review
    if review is None or item.creator == request.account_id:
        return False
    return not principals_for(item, review.value.reviewers).isdisjoint(request.principals)


@guard("reviews_proofs_here")
def reviews_proofs_here(item: IdentityProof, request: Any) -> bool:
    """Only the reviewers the profile names decide."""
    if not may_review(item, request):
        clause = item.profile(request).identity_methods.clause
        raise PortalError("proof.not_reviewer", clause=clause, status=403)
    return True


@guard("has_return_reason")
def has_return_reason(item: IdentityProof, request: Any) -> bool:
    """Papers go back with a reason of the list, which says what to do."""
    return item.return_reason in review_of(item.profile(request)).return_reasons


@on_transition("identity_proof.approve", "identity_proof.return", "identity_proof.withdraw")
def date_pictures(event: Any) -> None:
    """Keep the pictures the profile's days after a decision; a withdrawal deletes them at once."""
    item, request = event.item, event.request
    if event.transition == "withdraw":
        item.drop_pictures(request, "withdrawn")
    else:
        item.keep_pictures(review_of(item.profile(request)).keep_days)


@on_transition("identity_proof.return")
def tell_owner(event: Any) -> None:
    """Tell the owner why, and what to do."""
    values = {"unit": event.item.title, "reason": event.comment or "-"}
    link = event.request.resource_path(event.item)
    notify.send(event.request, event.item.creator, "identity_proof.return", values, link=link)


def reviewers(item: IdentityProof, request: Any) -> Iterator[Any]:
    """Yield the accounts that may decide about the papers."""
    rule = item.profile(request).proof_review
    # A place whose rules changed meanwhile has nobody left who decides.
    wanted = principals_for(item, rule.value.reviewers if rule is not None else ())
    for account in request.site.accounts:
        if account.active and account.id != item.creator and wanted & account.principals():
            yield account


def tell_reviewers(item: IdentityProof, request: Any, template_id: str) -> None:
    """Send one message to everybody who may decide."""
    values = {"unit": item.title, "community": item.community.title}
    for account in reviewers(item, request):
        link = request.resource_path(item)
        notify.send(request, account.id, template_id, values, link=link)


@periodic(seconds=3600)
def watch_proofs(request: Any, now: datetime) -> None:
    """Remind reviewers of papers that wait too long; delete pictures whose days are over."""
    for community in request.site["communities"].values():
        for item in community.get(SECTION, {}).values():
            if item.pictures_until is not None and item.pictures_until <= now:
                item.drop_pictures(request, "retention")
                item.pictures_until = None
            if item.workflow_state == "submitted" and item.due_at <= now and not item.reminded:
                item.reminded = True
                tell_reviewers(item, request, "identity_proof.overdue")


def place_of(community: Any, request: Any) -> Any:
    """Return where the papers of a community lie, made when it is missing."""
    return sections.add_section(community, SECTION, "身份材料", request)


def create_place(event: Added) -> None:
    """Give a new community the place of its papers."""
    if event.item.content_type_name == "community":
        place_of(event.item, event.request)


def includeme(config: Any) -> None:
    """Register the place and let papers stand in the work list."""
    config.add_subscriber(create_place, Added)
    add_waiting("identity_proof", ("submitted",))
