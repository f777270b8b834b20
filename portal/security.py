"""Who may do what (权限): roles, permissions and how they meet on an object.

A right is a role held at a scope (an office, a community or the whole site). The principal
string of it is ``role@scope``. An object asks the nearest rule up its lineage that names the
permission; what no rule names is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

EVERYONE = "everyone"
AUTHENTICATED = "authenticated"
SITE_SCOPE = "site"


class Role(StrEnum):
    """Roles a person can hold at a scope; the glossary gives the Chinese names."""

    ADMINISTRATOR = "administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"
    MUNICIPAL_OFFICER = "municipal_officer"
    DISTRICT_OFFICER = "district_officer"
    STREET_OFFICER = "street_officer"
    RESIDENTS_COMMITTEE = "residents_committee"
    CONVENOR = "convenor"
    OWNER = "owner"
    PROXY = "proxy"
    SCRUTINEER = "scrutineer"
    TELLER = "teller"
    VOTE_CALLER = "vote_caller"
    RECORDS_OFFICER = "records_officer"
    FUND_MANAGER = "fund_manager"
    FUND_CHECKER = "fund_checker"
    ENGINEER = "engineer"
    SUPERVISOR = "supervisor"
    SERVICE_STAFF = "service_staff"


# Names a workflow may list beside roles: anyone, anyone logged in, the author of the object and
# whom it is addressed to.
PARTIES = ("creator", "addressee")
PSEUDO_ROLES = frozenset({EVERYONE, AUTHENTICATED, *PARTIES})


class Permission(StrEnum):
    """Every permission of the kernel and the content types; plugins add their own enums."""

    VIEW = "content:view"
    EDIT = "content:edit"
    DELETE = "content:delete"
    HISTORY = "content:history"
    AUDIT_VIEW = "audit:view"
    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_OWN = "account:own"
    OUTBOX_VIEW = "outbox:view"
    CALENDAR_LOAD = "calendar:load"
    OFFICE_ADD = "office:add"
    TRAINING_ADD = "training:add"
    OFFICE_NOTICE_ADD = "office_notice:add"
    OFFICE_NOTICE_PUBLISH = "office_notice:publish"
    METHODS_CHANGE = "identity_methods:change"
    COMMUNITY_ADD = "community:add"
    COMMUNITY_CONFIRM = "community:confirm"
    COMMUNITY_CHECK = "community_application:check"
    COMMUNITY_DECIDE = "community_application:decide"
    REGISTER_VIEW = "register:view"
    REGISTER_IMPORT = "register:import"
    REGISTER_CORRECT = "register:correct"
    UNIT_BIND = "unit:bind"
    IDENTITY_CHECK = "identity:check"
    IDENTITY_LIST = "identity:list"
    IDENTITY_REVIEW = "identity:review"
    OFFICE_REQUEST_REVIEW = "office_request:review"
    REQUEST_WITHDRAW = "request:withdraw"
    CONVENOR_REQUEST = "convenor:request"
    CONVENOR_REVIEW = "convenor:review"
    ANNOUNCEMENT_ADD = "announcement:add"
    ANNOUNCEMENT_PUBLISH = "announcement:publish"
    ANNOUNCEMENT_REVIEW = "announcement:review"
    MEETING_ADD = "meeting:add"
    MEETING_SUBMIT = "meeting:submit"
    MEETING_REVIEW = "meeting:review"
    MEETING_RUN = "meeting:run"
    MOTION_ADD = "motion:add"
    OBJECTION_ADD = "objection:add"
    OBJECTION_DECIDE = "objection:decide"
    OBJECTION_WITHDRAW = "objection:withdraw"
    PROXY_APPOINT = "proxy:appoint"
    PROXY_ANSWER = "proxy:answer"
    PROXY_CANCEL = "proxy:cancel"
    PROXY_CHECK = "proxy:check"
    ACTING_CHECK = "acting:check"
    ACTING_END = "acting:end"
    KIOSK_RUN = "kiosk:run"
    PAPER_RUN = "paper:run"
    PAPER_ENTER = "paper:enter"
    PAPER_MONITOR = "paper:monitor"
    COMPLAINT_ADD = "complaint:add"
    COMPLAINT_ANSWER = "complaint:answer"
    SERVICE_ADD = "service:add"
    SERVICE_HANDLE = "service:handle"
    SERVICE_CONFIRM = "service:confirm"
    SERVICE_OVERSEE = "service:oversee"
    SERVICE_RATE = "service:rate"
    BALLOT_CASE_ADD = "ballot_case:add"
    BALLOT_CASE_DECIDE = "ballot_case:decide"
    BALLOT_CAST = "ballot:cast"
    TURNOUT_VIEW = "turnout:view"
    TURNOUT_UNITS = "turnout:units"
    RESULT_REVIEW = "result:review"
    RESULT_PUBLISH = "result:publish"
    RECORD_FILE = "record:file"
    RECORD_APPROVE = "record:approve"


_STAFF_SITE = (Role.ADMINISTRATOR,)

# What holds at the site when no workflow says otherwise. Deny by default: the unnamed is closed.
SITE_RULES: dict[str, tuple[str, ...]] = {
    Permission.VIEW: (EVERYONE,),
    Permission.EDIT: _STAFF_SITE,
    # A type or a state opens it; nobody removes a community, an office or the site.
    Permission.DELETE: (),
    Permission.HISTORY: (*_STAFF_SITE, Role.MUNICIPAL_OFFICER, Role.STREET_OFFICER, Role.CONVENOR),
    Permission.AUDIT_VIEW: (Role.AUDIT_ADMINISTRATOR,),
    Permission.ACCOUNT_MANAGE: (Role.ADMINISTRATOR,),
    Permission.ACCOUNT_OWN: (AUTHENTICATED,),
    Permission.OUTBOX_VIEW: (Role.ADMINISTRATOR,),
    Permission.CALENDAR_LOAD: (Role.MUNICIPAL_OFFICER,),
    Permission.OFFICE_ADD: (Role.ADMINISTRATOR, Role.MUNICIPAL_OFFICER),
    Permission.TRAINING_ADD: (Role.DISTRICT_OFFICER,),
    # A department announces, and changes the methods of identification by it (SZ-9.5).
    Permission.OFFICE_NOTICE_ADD: (Role.MUNICIPAL_OFFICER, Role.DISTRICT_OFFICER),
    Permission.OFFICE_NOTICE_PUBLISH: (Role.MUNICIPAL_OFFICER, Role.DISTRICT_OFFICER),
    Permission.METHODS_CHANGE: (Role.MUNICIPAL_OFFICER, Role.DISTRICT_OFFICER),
    Permission.COMMUNITY_ADD: (Role.MUNICIPAL_OFFICER, Role.STREET_OFFICER),
    Permission.COMMUNITY_CONFIRM: (Role.CONVENOR,),
    Permission.COMMUNITY_CHECK: (Role.STREET_OFFICER, Role.MUNICIPAL_OFFICER),
    Permission.COMMUNITY_DECIDE: (Role.DISTRICT_OFFICER, Role.MUNICIPAL_OFFICER),
    Permission.REGISTER_VIEW: (Role.STREET_OFFICER, Role.CONVENOR),
    Permission.REGISTER_IMPORT: (Role.STREET_OFFICER,),
    Permission.REGISTER_CORRECT: (Role.STREET_OFFICER, Role.CONVENOR),
    Permission.UNIT_BIND: (AUTHENTICATED,),
    # The convenor alone checks on site and answers for it (SZ-9.3).
    Permission.IDENTITY_CHECK: (Role.CONVENOR,),
    Permission.IDENTITY_LIST: (Role.CONVENOR, Role.STREET_OFFICER),
    # Which of them looks at papers in a place is data of its profile.
    Permission.IDENTITY_REVIEW: (Role.STREET_OFFICER, Role.DISTRICT_OFFICER),
    # Each level decides about the one below, as it may appoint it (SZ-4.3).
    Permission.OFFICE_REQUEST_REVIEW: (
        Role.MUNICIPAL_OFFICER,
        Role.DISTRICT_OFFICER,
        Role.STREET_OFFICER,
    ),
    Permission.REQUEST_WITHDRAW: ("creator",),
    Permission.CONVENOR_REQUEST: (AUTHENTICATED,),
    Permission.CONVENOR_REVIEW: (Role.STREET_OFFICER,),
    Permission.ANNOUNCEMENT_ADD: (Role.CONVENOR, Role.STREET_OFFICER),
    Permission.ANNOUNCEMENT_PUBLISH: (Role.CONVENOR, Role.STREET_OFFICER),
    Permission.ANNOUNCEMENT_REVIEW: (Role.STREET_OFFICER,),
    Permission.MEETING_ADD: (Role.CONVENOR,),
    Permission.MEETING_SUBMIT: (Role.CONVENOR,),
    Permission.MEETING_REVIEW: (Role.STREET_OFFICER,),
    Permission.MEETING_RUN: (Role.CONVENOR,),
    Permission.MOTION_ADD: (Role.CONVENOR,),
    # Only the states of a meeting in which the law lets owners object open this (SZ-15).
    Permission.OBJECTION_ADD: (),
    Permission.OBJECTION_DECIDE: (Role.CONVENOR,),
    Permission.OBJECTION_WITHDRAW: ("creator",),
    Permission.PROXY_APPOINT: (Role.OWNER,),
    Permission.PROXY_ANSWER: ("addressee",),
    Permission.PROXY_CANCEL: ("creator",),
    # Papers that stand for a step on line are looked at by those who answer for the vote.
    Permission.PROXY_CHECK: (Role.CONVENOR,),
    Permission.ACTING_CHECK: (Role.CONVENOR, Role.STREET_OFFICER),
    Permission.ACTING_END: PARTIES,
    Permission.KIOSK_RUN: (Role.CONVENOR, Role.STREET_OFFICER),
    # Issue and return are the convenor's; who calls, counts and watches is appointed (SZ-24).
    Permission.PAPER_RUN: (Role.CONVENOR,),
    Permission.PAPER_ENTER: (Role.VOTE_CALLER, Role.TELLER),
    Permission.PAPER_MONITOR: (Role.SCRUTINEER,),
    # The states of a meeting open these two; complaints go to the street office (SZ-5.5).
    Permission.COMPLAINT_ADD: (),
    Permission.COMPLAINT_ANSWER: (Role.STREET_OFFICER,),
    # The property service does what owners ask; the owner says whether it is done (BJ-0.1).
    Permission.SERVICE_ADD: (Role.OWNER,),
    Permission.SERVICE_HANDLE: (Role.SERVICE_STAFF,),
    Permission.SERVICE_CONFIRM: ("creator",),
    Permission.SERVICE_OVERSEE: (Role.SERVICE_STAFF, Role.CONVENOR, Role.STREET_OFFICER),
    Permission.SERVICE_RATE: (Role.OWNER,),
    Permission.BALLOT_CASE_ADD: (),
    Permission.BALLOT_CASE_DECIDE: (Role.STREET_OFFICER, Role.SCRUTINEER),
    Permission.BALLOT_CAST: (Role.OWNER,),
    Permission.TURNOUT_VIEW: (Role.CONVENOR, Role.STREET_OFFICER, Role.SCRUTINEER, Role.OWNER),
    Permission.TURNOUT_UNITS: (Role.CONVENOR,),
    Permission.RESULT_REVIEW: (Role.STREET_OFFICER,),
    Permission.RESULT_PUBLISH: (Role.CONVENOR,),
    Permission.RECORD_FILE: (Role.RECORDS_OFFICER,),
    Permission.RECORD_APPROVE: (Role.STREET_OFFICER,),
}


def lineage(item: Any) -> Iterator[Any]:
    """Yield the object and its containers up to the root."""
    while item is not None:
        yield item
        item = getattr(item, "__parent__", None)


def scopes(item: Any) -> Iterator[str]:
    """Yield the scope ids that count for an object, nearest first, the site last.

    A community lies under its street office though it is not stored inside it; such objects
    name the office by ``scope_parent``.
    """
    for place in lineage(item):
        scope = getattr(place, "scope_id", "")
        if scope:
            yield scope
        above = getattr(place, "scope_parent", None)
        if above is not None:
            yield from (s for s in scopes(above) if s != SITE_SCOPE)
    yield SITE_SCOPE


def principals_for(item: Any, names: Iterable[str]) -> frozenset[str]:
    """Turn the role names of a rule into principal strings valid on one object."""
    found: set[str] = set()
    places: tuple[str, ...] | None = None
    for name in names:
        if name in (EVERYONE, AUTHENTICATED):
            found.add(name)
        elif name in PARTIES:
            parties = getattr(item, name, ())
            parties = (parties,) if isinstance(parties, str) else parties
            found.update(f"account:{party}" for party in parties if party)
        else:
            places = places if places is not None else tuple(scopes(item))
            found.update(f"{name}@{place}" for place in places)
    return frozenset(found)


def rule_for(item: Any, permission: str) -> tuple[Any, tuple[str, ...]]:
    """Return the object whose rule decides a permission and the role names it lists."""
    for place in lineage(item):
        rules = getattr(place, "access_rules", None)
        if rules is not None:
            names = rules().get(permission)
            if names is not None:
                return place, names
    return item, ()


def allowed_principals(item: Any, permission: str) -> frozenset[str]:
    """Return every principal that may use a permission on an object."""
    place, names = rule_for(item, permission)
    # Roles held below the place that states the rule count too, so the object itself is asked.
    return principals_for(item, names) | (
        principals_for(place, ("creator",)) if "creator" in names else frozenset()
    )


def permits(item: Any, permission: str, principals: Iterable[str]) -> bool:
    """Say whether any of the principals may use a permission on an object."""
    return not allowed_principals(item, permission).isdisjoint(principals)
