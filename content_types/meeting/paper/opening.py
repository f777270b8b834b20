"""Opening the box (开箱): caller, counter and monitor present as different accounts (SZ-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from content_types.meeting.paper import BOX_ROLES, PaperRound
from portal import accounts, audit, clock, notify
from portal.content import add as add_content
from portal.content import create, oid
from portal.errors import Forbidden, PortalError
from portal.layout import Layout
from portal.rules.heads import Measure
from portal.security import Role, scopes
from portal.workflow import on_transition

# All confirmations must fall into this time.
WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Session:
    """The public calling of the ballots: where and when, and who supervises for the street."""

    place: str
    planned_at: datetime
    officer: str
    by: str
    at: datetime


class Confirmation(NamedTuple):
    """One person's word to be present in a role."""

    role: str
    account: str
    at: datetime


@on_transition("meeting.open_voting")
def start_round(event: Any) -> None:
    """Make the paper round of a vote that takes paper (SZ-11)."""
    meeting = event.item
    if meeting.method != "electronic" and "paper" not in meeting:
        add_content(meeting, create("paper_round", event.request), event.request, name="paper")
        if not meeting.scope_id:
            meeting.scope_id = f"meeting-{oid(meeting)}"


def round_of(meeting: Any) -> PaperRound | None:
    """Return the paper round of a meeting, or None when it takes no paper."""
    return meeting.get("paper")


def awaits_paper(meeting: Any) -> bool:
    """Say whether the count must wait for paper ballots that were printed (SZ-24.3)."""
    paper = round_of(meeting)
    return paper is not None and paper.is_pending


def returned_rights(meeting: Any) -> set[str]:
    """Return the rights for which a paper ballot was returned."""
    paper = round_of(meeting)
    live = {} if paper is None else dict(paper.live)
    return {key for key, serial in live.items() if paper.sheets[serial].returned_at is not None}


def taking_part(meeting: Any) -> Measure:
    """Return who took part so far by both measures: ballots in the log and returned on paper.

    A right that did both is one.
    """
    box = meeting.ballot_box
    on_paper = [
        box.roll.rights[key] for key in returned_rights(meeting) if not box.slots[key].is_cast
    ]
    return box.turnout.measure.plus(Measure(len(on_paper), sum(right.area for right in on_paper)))


def box_roles(paper: PaperRound, request: Any) -> tuple[str, ...]:
    """Return the roles without which the box stays shut, from the profile (SZ-24.4)."""
    return paper.meeting.rules(request.registry).box_roles.value


def officers(paper: PaperRound, request: Any) -> dict[str, list[Any]]:
    """Return the accounts appointed for this meeting by role."""
    scope, found = paper.meeting.scope_id, {str(role): [] for role in BOX_ROLES}
    for role, account_id in paper.appointed:
        account = request.site.accounts.get(account_id)
        # Who was taken off the role elsewhere, or left, is no officer any more.
        if account is not None and account.active and account.has_role(role, scope):
            found[role].append(account)
    return found


def clause_of(paper: PaperRound) -> str:
    """Return the clause that says who must be present at the box."""
    return str(paper.meeting.profile.box_roles.clause)


def _calling(paper: PaperRound) -> str:
    return str(paper.meeting.profile.clauses["paper_calling"])


def appoint(paper: PaperRound, login: str, role: str, request: Any) -> None:
    """Appoint a person for this meeting; nobody holds two of the roles, nor convenes (SZ-24.4)."""
    account = request.site.accounts.find(request.vault, login)
    if role not in BOX_ROLES:
        raise PortalError("paper.no_such_role", field="role")
    if account is None or not account.active:
        raise PortalError("paper.no_such_account", field="login")
    scope = paper.meeting.scope_id
    if any(account.has_role(one, scope) for one in BOX_ROLES):
        raise PortalError("paper.one_role_each", clause=clause_of(paper), field="login")
    if role == Role.SCRUTINEER and _holds(account, paper.meeting, Role.CONVENOR):
        clause = paper.meeting.profile.refusals["own_review"].clause
        raise PortalError("paper.monitor_convenes", clause=clause, field="login")
    if paper.opened_at is not None and role != Role.TELLER:
        raise PortalError("paper.box_opened", clause=clause_of(paper), status=409)
    accounts.grant(account, role, scope)
    paper.appointed = (*paper.appointed, (str(role), account.id))
    audit.record(request, "paper.appoint", paper.meeting, role=role, account=account.id)
    _tell(paper, request, account.id, "paper.appointed", role)


def dismiss(paper: PaperRound, account_id: str, role: str, request: Any) -> None:
    """Take an appointment back before the box is opened."""
    account = request.site.accounts.get(account_id)
    if account is None or role not in BOX_ROLES:
        raise PortalError("paper.no_such_account", field="login")
    if paper.opened_at is not None:
        raise PortalError("paper.box_opened", clause=clause_of(paper), status=409)
    accounts.revoke(account, role, paper.meeting.scope_id)
    paper.appointed = tuple(one for one in paper.appointed if one != (str(role), account_id))
    paper.confirmations = tuple(c for c in paper.confirmations if c.account != account_id)
    audit.record(request, "paper.dismiss", paper.meeting, role=role, account=account_id)


def street_officers(paper: PaperRound, request: Any) -> list[Any]:
    """Return the officers of the street office who may supervise."""
    meeting = paper.meeting
    return [
        one
        for one in request.site.accounts
        if one.active and _holds(one, meeting, Role.STREET_OFFICER)
    ]


def set_session(
    paper: PaperRound, place: str, planned_at: datetime, officer: str, request: Any
) -> None:
    """Fix place, time and supervising officer of the calling, and invite them (SZ-24.2)."""
    if paper.opened_at is not None:
        raise PortalError("paper.box_opened", clause=clause_of(paper), status=409)
    if planned_at < paper.meeting.voting_closes_at:
        raise PortalError("paper.session_early", clause=_calling(paper), field="planned_at")
    if officer not in {one.id for one in street_officers(paper, request)}:
        raise PortalError("paper.no_officer", clause=_calling(paper), field="officer")
    now = clock.now()
    paper.session = Session(place, planned_at, officer, request.account_id, now)
    audit.record(request, "paper.session", paper.meeting, place=place)
    invited = {officer: Role.STREET_OFFICER}
    for role, found in officers(paper, request).items():
        invited |= {one.id: role for one in found}
    for account_id, role in sorted(invited.items()):
        _tell(paper, request, account_id, "paper.invited", role)


def confirm(paper: PaperRound, role: str, request: Any) -> bool:
    """Take the word of a person to be present; return whether the box is open now.

    Forbidden when the person does not hold the role, PortalError when the vote has not closed or
    no session is fixed, or a monitor is missing in it.
    """
    if paper.meeting.workflow_state != "counting" or paper.opened_at is not None:
        raise PortalError("paper.not_to_open", clause=clause_of(paper), status=409)
    if paper.session is None:
        raise PortalError("paper.no_session", clause=_calling(paper), status=409)
    if role not in roles_here(paper, request):
        raise Forbidden("paper.not_your_role", clause=clause_of(paper))
    if not request.is_fresh:
        raise Forbidden("paper.prove_again", clause=clause_of(paper))
    now = clock.now()
    kept = [c for c in present(paper) if c.role != role and c.account != request.account_id]
    paper.confirmations = (*kept, Confirmation(role, request.account_id, now))
    audit.record(request, "paper.confirm", paper.meeting, role=role)
    missing = set(box_roles(paper, request)) - {c.role for c in paper.confirmations}
    if not missing:
        paper.opened_at = now
        audit.record(
            request,
            "paper.open_box",
            paper.meeting,
            place=paper.session.place,
            officer=paper.session.officer,
            present=[f"{c.role}:{c.account}" for c in paper.confirmations],
        )
    return paper.opened_at is not None


def roles_here(paper: PaperRound, request: Any) -> list[str]:
    """Return the roles of the opening that the asking person holds, and may use now."""
    scope = paper.meeting.scope_id
    return [str(role) for role in BOX_ROLES if f"{role}@{scope}" in request.principals]


def present(paper: PaperRound) -> list[Confirmation]:
    """Return the confirmations that still hold; once the box is open, those it was opened with."""
    if paper.opened_at is not None:
        return list(paper.confirmations)
    return [c for c in paper.confirmations if clock.now() - c.at <= WINDOW]


def _holds(account: Any, meeting: Any, role: str) -> bool:
    return any((str(role), scope) in account.grants for scope in scopes(meeting))


def _tell(paper: PaperRound, request: Any, account_id: str, template: str, role: str) -> None:
    layout = Layout(request, paper)
    session = paper.session
    values = {
        "title": paper.meeting.title,
        "role": layout.translate(f"role.{role}"),
        "place": session.place if session else "",
        "time": layout.time(session.planned_at) if session else "",
    }
    if template == "paper.appointed":
        values = {name: values[name] for name in ("title", "role")}
    notify.send(request, account_id, template, values, link=request.resource_path(paper))
