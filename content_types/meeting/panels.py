"""What the meeting's page says about vote and result (会议页面的投票与结果)."""

from __future__ import annotations

from typing import Any

from content_types.meeting import Meeting, eligibility
from portal.layout import Layout
from portal.rules.visibility import BallotMode, unit_table_visible
from portal.security import Permission, Role, principals_for

# States in which the result is there but not yet public (EV-8.5.1).
UNPUBLISHED = ("counted", "result_review", "resolved")
PUBLIC = ("published", "archived")
# Where somebody goes who lacks something, by the reason of the refusal.
NEXT = {"not_verified": ("me/identity", "vote.go_verify"), "not_bound": ("me/bind", "vote.go_bind")}


def vote(meeting: Meeting, request: Any, layout: Layout) -> dict[str, Any] | None:
    """Say from the day of the notice whether the person can vote, or why not and by which clause.

    None for staff, and for strangers once the vote is over.
    """
    state, account = meeting.workflow_state, request.account
    if state not in ("noticed", "voting", "counting", "counted", "published"):
        return None
    open_or_soon = state in ("noticed", "voting")
    if account is None:
        return _login(meeting, layout) if open_or_soon else None
    claims = eligibility.claims(meeting, request, account)
    if open_or_soon and any(one.allowed for one in claims):
        return _invited(meeting, layout, sum(one.allowed for one in claims))
    own = _own(meeting, request, layout, claims)
    if own is not None or not open_or_soon or (account.kind != "owner" and not claims):
        return own
    return _refused(meeting, request, layout, claims)


def visible_result(meeting: Meeting, layout: Layout) -> Any:
    """Return the newest result version the person may see, or None.

    Nobody sees one before the count, then staff, then everybody; while a correction is on its way
    the version that was made public stays (EV-8.6.3).
    """
    state, public = meeting.workflow_state, meeting.published_versions
    if state in PUBLIC or (state in (*UNPUBLISHED, "counting") and is_staff(meeting, layout)):
        return meeting.result
    return meeting.results[public - 1] if public else None


def is_staff(meeting: Meeting, layout: Layout) -> bool:
    """Say whether the person is convenor, street officer or scrutineer of the meeting."""
    return (
        layout.may(meeting, Permission.MEETING_RUN)
        or layout.may(meeting, Permission.MEETING_REVIEW)
        or holds(meeting, layout, Role.SCRUTINEER)
    )


def holds(meeting: Meeting, layout: Layout, role: Role) -> bool:
    """Say whether the person holds a role over the meeting."""
    return not principals_for(meeting, (role,)).isdisjoint(layout.request.principals)


def reads_units(meeting: Meeting, layout: Layout, mode: BallotMode) -> bool:
    """Say whether the place gives choices per unit to an office the person holds (C-25)."""
    profile = meeting.rules(layout.request.registry)
    offices = (
        ("street_office", layout.may(meeting, Permission.RESULT_REVIEW)),
        ("scrutineers", holds(meeting, layout, Role.SCRUTINEER)),
    )
    return any(held and unit_table_visible(profile, office, mode) for office, held in offices)


def _invited(meeting: Meeting, layout: Layout, rights: int) -> dict[str, Any]:
    if meeting.workflow_state == "noticed":
        at = layout.time(meeting.voting_opens_at)
        return {"text": layout.translate("vote.will_open", at=at)}
    left = layout.left(meeting.voting_closes_at)
    return {
        "text": layout.translate("vote.can", rights=rights, left=left),
        "url": layout.url(meeting, "vote"),
        "label": layout.translate("vote.go"),
    }


def _login(meeting: Meeting, layout: Layout) -> dict[str, Any]:
    return {
        "text": layout.translate("vote.login_first"),
        "url": layout.url("login", came_from=layout.url(meeting)),
        "label": layout.translate("layout.log_in"),
    }


def _own(
    meeting: Meeting, request: Any, layout: Layout, claims: list[Any]
) -> dict[str, Any] | None:
    box = meeting.ballot_box
    for one in claims if box is not None else ():
        if eligibility.is_own(meeting, request, one.right):
            if box.slots[one.right.key].emptied:
                return {"text": layout.translate("secrecy.voted")}
            return {
                "text": layout.translate(
                    "vote.done", at=layout.time(box.slots[one.right.key].cast_at)
                ),
                "url": layout.url(meeting, "voucher", one.right.key),
                "label": layout.translate("vote.see_voucher"),
            }
    return None


def _refused(meeting: Meeting, request: Any, layout: Layout, claims: list[Any]) -> dict[str, Any]:
    profile = meeting.rules(request.registry)
    if request.account.verified_at is None:
        reason = "not_verified"
    else:
        none = eligibility.without_right(meeting, request.account)
        reason = claims[0].answer.reason if claims else none
    told = profile.refusals[reason]
    page, label = NEXT.get(reason, ("", ""))
    said = {"text": layout.translate(told.message), "clause": told.clause}
    if page:
        said |= {"url": layout.url(page), "label": layout.translate(label)}
    elif reason in ("coowner_voted", "already_voted", "proxy_voted") and not meeting.is_secret:
        taken = next(one.right for one in claims if one.answer.reason == reason)
        if eligibility.may_see_ballot(meeting, request, taken):
            said |= {
                "url": layout.url(meeting, "voucher", taken.key),
                "label": layout.translate("vote.see_voucher"),
            }
    return said
