"""Organiser (组织者): who convenes in a community, entered by the street office (BJ-G5)."""

from __future__ import annotations

import json
from typing import Any

import colander
from deform.widget import CheckboxWidget, TextInputWidget

from content_types.convenor_request import community_of
from content_types.owner_register import normalise
from content_types.owner_register.normalise import Unreadable
from portal import accounts, audit, codes, content, initialise, notify
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Added
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.law import rules_at
from portal.security import Role
from portal.workflow import on_transition

COMMITTEE, GROUP = "committee", "preparatory_group"
POSITIONS = ("leader", "deputy", "member")
SEXES = ("female", "male")
PERSONAL = ("person_name", "sex", "employer", "id_number", "address", "phone", "age")
MOST_AGE = 120


def _text(name: str, length: int, **kw: Any) -> Field:
    kw.setdefault("data_class", "personal")
    return Field(
        colander.String(),
        name=name,
        title=message(f"organiser.field.{name}"),
        validator=colander.Length(max=length),
        widget=TextInputWidget(attributes={"autocomplete": "off"}),
        **kw,
    )


def _choice(name: str, values: tuple[str, ...], data_class: str) -> Field:
    return Field(
        colander.String(),
        name=name,
        title=message(f"organiser.field.{name}"),
        **select(choices((one, f"organiser.{name}.{one}") for one in values)),
        data_class=data_class,
    )


class OrganiserSchema(FormSchema):
    """What the guide asks of a leader or member; only the age may be missing (BJ-G5.2)."""

    body_name = _text("body_name", 80, data_class="internal")
    assembly_name = _text("assembly_name", 80, data_class="internal")
    position = _choice("position", POSITIONS, "internal")
    person_name = _text("person_name", 40)
    sex = _choice("sex", SEXES, "personal")
    employer = _text("employer", 80)
    id_number = _text("id_number", 18, data_class="sensitive")
    address = _text("address", 120)
    phone = _text("phone", 30, description=message("organiser.field.phone_help"))
    age = Field(
        colander.Integer(),
        title=message("organiser.field.age"),
        missing=None,
        validator=colander.Range(18, MOST_AGE),
        data_class="personal",
    )
    account = Field(
        colander.Boolean(),
        title=message("organiser.field.account"),
        description=message("organiser.field.account_help"),
        missing=False,
        widget=CheckboxWidget(),
        data_class="internal",
    )


@content_type("organiser", workflow="organiser")
class Organiser(ContentItem):
    """One leader or member; with an account he convenes, until the street office ends it."""

    title = ""
    kind = GROUP
    assembly_name = ""
    position = POSITIONS[0]
    account_id = ""
    sealed_person = b""

    def person(self, request: Any) -> dict[str, Any]:
        """Return the personal values as entered."""
        sealed = request.vault.open(self.sealed_person, f"organiser:{content.oid(self)}")
        return dict(json.loads(sealed))


def enter(community: Any, request: Any, values: dict[str, Any]) -> Organiser:
    """Enter an organiser and, when asked, give an account whose link goes to the own phone.

    Whether a committee exists says which body it is (BJ-G5.1). Raises PortalError for a number that
    is none, and for a person who is in the list already.
    """
    phone = codes.mobile(values["phone"])
    try:
        values["id_number"], _ = normalise.id_number(values["id_number"], "resident_id")
    except Unreadable as error:
        raise PortalError(f"identity.{error.rule}", clause="EV-5.1.2", field="id_number") from error
    item = content.create(
        "organiser",
        request,
        title=values["body_name"],
        kind=COMMITTEE if community.has_committee else GROUP,
        assembly_name=values["assembly_name"],
        position=values["position"],
    )
    content.add(community["convenors"], item, request)
    person = {name: values[name] for name in PERSONAL} | {"phone": phone}
    item.sealed_person = request.vault.seal(
        json.dumps(person, ensure_ascii=False), f"organiser:{content.oid(item)}"
    )
    if values["account"]:
        give_account(item, phone, request)
    return item


def give_account(item: Organiser, phone: str, request: Any) -> None:
    """Give the role to the account of a number; a new one gets a link that works once (BJ-G5.3)."""
    site, community = request.site, community_of(item)
    account = site.accounts.find(request.vault, phone)
    values = {"community": community.title, "body": item.title}
    if account is None:
        account = site.accounts.create(request.vault, phone=phone, kind="owner")
        # Not the address of the request, whose host anybody may write.
        base = str(request.registry.settings["yitang"].base_url)
        hours = int(initialise.SETUP_LIFE.total_seconds()) // 3600
        link = {"link": base + initialise.setup_link(account), "hours": hours}
        values["site"] = str(request.registry.settings["yitang"].title)
        notify.send_to_address(request, "sms", phone, "organiser.account", values | link)
        audit.record(request, "account.create", account=account.id, role=Role.CONVENOR)
    else:
        notify.send(request, account.id, "organiser.role", values, channels=("sms",))
    scope = community.scope_id
    if account.has_role(Role.CONVENOR, scope):
        clause = rules_at(item, request.registry).clauses["organiser"]
        raise PortalError("organiser.twice", clause=clause, field="phone", status=409)
    accounts.grant(account, Role.CONVENOR, scope)
    audit.record(
        request, "account.role_granted", account=account.id, role=Role.CONVENOR, scope=scope
    )
    item.account_id = account.id


@on_transition("organiser.end")
def take_role(event: Any) -> None:
    """Take the role away and tell the person."""
    item, request = event.item, event.request
    if not item.account_id:
        return
    scope = community_of(item).scope_id
    accounts.revoke(request.site.accounts[item.account_id], Role.CONVENOR, scope)
    audit.record(
        request,
        "account.role_revoked",
        account=item.account_id,
        role=Role.CONVENOR,
        scope=scope,
    )
    values = {"community": community_of(item).title, "reason": event.comment}
    notify.send(request, item.account_id, "convenor_request.end", values)


@on_transition("organiser.guide")
def tell_guidance(event: Any) -> None:
    """Hand the street office's note to who has an account (SZ-5.1)."""
    if event.item.account_id:
        values = {"community": community_of(event.item).title, "reason": event.comment}
        notify.send(event.request, event.item.account_id, "convenor_request.guide", values)


def refuse_own_request(event: Added) -> None:
    """Refuse a request for an account that only the street office gives here (BJ-G1.2)."""
    item, request = event.item, event.request
    if item.content_type_name != "convenor_request" or item.kind not in (COMMITTEE, GROUP):
        return
    profile = request.registry.profiles[community_of(item).profile_id]
    if profile.convenor_accounts.value == "street_office":
        raise PortalError(
            "organiser.no_request", clause=profile.convenor_accounts.clause, field="kind"
        )


def includeme(config: Any) -> None:
    """Register the rule."""
    config.add_subscriber(refuse_own_request, Added)
