"""Pages of a cast (投票页面): choose, check and confirm, voucher; nothing is kept in between."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.view import view_config

from content_types.meeting import Meeting, casting, eligibility
from content_types.meeting.late_units import AUTOJOIN
from content_types.meeting.trustees.views import sealing_line
from portal import i18n
from portal.errors import USER_ERRORS
from portal.layout import Layout
from portal.rules.masking import mask_name
from portal.rules.tally import ABSTAIN
from portal.security import Permission
from portal.views.errors import refusal_page

CHOOSE = "skins:default/vote.pt"
REVIEW = "skins:default/vote_review.pt"
NONCE = re.compile(r"[0-9a-f]{32}")
PREFIX = "m-"
STEPS = ("vote.step.choose", "vote.step.review", "vote.step.voucher")


@view_config(context=Meeting, name="vote", permission=Permission.BALLOT_CAST.value)
def vote(context: Meeting, request: Any) -> Any:
    """Lead an owner from the choice over the review to the voucher (EV-7.3.1, EV-7.3.3)."""
    if context.noticed_at is None:
        raise HTTPNotFound
    if not request.is_fresh:
        request.session.flash(["info", "vote.again"])
        query = {"came_from": request.resource_path(context, "vote")}
        return HTTPSeeOther(request.route_path("reauthenticate", _query=query))
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step == "confirm":
        return _confirm(context, request)
    claims = eligibility.claims(context, request, request.account)
    allowed = [one for one in claims if one.allowed and context.workflow_state == "voting"]
    if not allowed:
        return _nothing_to_cast(context, request, claims)
    if step == "review":
        return _review(context, request, allowed)
    return _choose(context, request, allowed)


def choices_of(meeting: Meeting, values: Any) -> dict[str, tuple[str, ...]]:
    """Return what a form says about each motion; every other motion field is kept to be refused."""
    names = {key.removeprefix(PREFIX) for key in values if key.startswith(PREFIX)}
    return {name: tuple(values.getall(PREFIX + name)) for name in sorted(names)}


def _choose(meeting: Meeting, request: Any, allowed: list[Any], error: Any = None) -> Any:
    layout = Layout(request, meeting)
    marks = choices_of(meeting, request.POST)
    text = "" if error is None else _fault_text(error, meeting, marks, layout)
    right = _right_key(request, allowed)
    values = {
        "item": meeting,
        "steps": [layout.translate(step) for step in STEPS],
        "nonce": nonce_of(request),
        "rights": [right_line(one, meeting, layout) | {"key": one.right.key} for one in allowed],
        "right": right,
        "motions": [
            motion_fields(motion, marks.get(motion.__name__, ()), layout)
            for motion in meeting.motions()
        ],
        "error": text,
        "error_field": "" if error is None else error.field,
        "error_clause": "" if error is None else error.clause,
        "sealing": sealing_line(meeting, request, layout),
    }
    response = render_to_response(CHOOSE, values, request=request)
    response.status_int = 200 if error is None else 422
    return response


def _fault_text(error: Any, meeting: Meeting, marks: Any, layout: Layout) -> str:
    """Return what is wrong with a ballot; for too many marks the motion and both numbers."""
    motion = next((one for one in meeting.motions() if one.__name__ == error.field), None)
    if error.message_id != "refusal.too_many_marks" or motion is None:
        return str(layout.request.localizer.translate(i18n.of_error(error)))
    picked, most = marks[error.field], motion.spec().max_marks
    if len(picked) <= most:
        return layout.translate("vote.abstain_alone", title=motion.title)
    values = {"title": motion.title, "most": most, "number": len(picked)}
    return layout.translate("vote.too_many", **values)


def _review(meeting: Meeting, request: Any, allowed: list[Any]) -> Any:
    layout = Layout(request, meeting)
    marks = choices_of(meeting, request.POST)
    chosen = [one for one in allowed if one.right.key == request.POST.get("right")]
    profile = meeting.rules(request.registry)
    try:
        checked = casting.checked(meeting, marks, profile)
        for one in chosen:
            eligibility.check_matters(one, checked, profile)
    except USER_ERRORS as error:
        return _choose(meeting, request, allowed, error)
    if not chosen:
        return _choose(meeting, request, allowed)
    lines = ballot_lines(meeting, marks, request)
    values = {
        "item": meeting,
        "steps": [layout.translate(step) for step in STEPS],
        "lines": lines,
        "open": sum(1 for line in lines if not line["chosen"]),
        "right": right_line(chosen[0], meeting, layout),
        "hidden": [
            ("csrf_token", request.csrf_token),
            ("nonce", nonce_of(request)),
            ("right", chosen[0].right.key),
            *((PREFIX + name, mark) for name, picked in marks.items() for mark in picked),
        ],
    }
    return render_to_response(REVIEW, values, request=request)


def _confirm(meeting: Meeting, request: Any) -> Any:
    key = request.POST.get("right", "")
    casting.submit(
        meeting, key, choices_of(meeting, request.POST), request, nonce=nonce_of(request)
    )
    # Without the page of `HTTPSeeOther`, which nobody reads and takes as long as all checks.
    return Response(status=303, location=request.resource_path(meeting, "voucher", key))


def _nothing_to_cast(meeting: Meeting, request: Any, claims: list[Any]) -> Any:
    """Show the voucher to who has voted; refuse everybody else with reason and clause."""
    box = meeting.ballot_box
    for one in claims:
        if box is not None and eligibility.is_own(meeting, request, one.right):
            return HTTPSeeOther(request.resource_path(meeting, "voucher", one.right.key))
    profile = meeting.rules(request.registry)
    told = [one.answer for one in claims if not one.allowed]
    error = (
        eligibility.refusal(profile, told[0])
        if told
        else profile.refuse(
            "not_open" if claims else eligibility.without_right(meeting, request.account)
        )
    )
    if request.method != "GET":
        raise error
    layout = Layout(request, meeting)
    more = [(layout.translate("why.title"), layout.url(meeting, "can-i-vote"))]
    return refusal_page(request, error, more)


def right_line(claim: Any, meeting: Meeting, layout: Layout) -> dict[str, Any]:
    """Return one voting right for a page: its units, their area, and units left out."""
    register = meeting.community["owners"]
    left = [code for code in claim.right.units if code not in claim.covered]
    authority = claim.authority
    return {
        "label": register.labels(claim.covered),
        "area": layout.area(claim.right.area_of(claim.covered)),
        "left_out": _left_out(meeting, register.labels(left), layout),
        "note": "" if authority is None else _note(authority, meeting, layout),
    }


def _left_out(meeting: Meeting, units: str, layout: Layout) -> str:
    """Say what becomes of units that a ballot does not cover, by the law of the meeting (C-5, C-7).

    A paper ballot of the same owner is superseded by this one (SZ-22.2).
    """
    if not units:
        return ""
    profile = meeting.rules(layout.request.registry)
    if profile.late_binding.value == "paper_only":
        kind = "late" if meeting.method == "electronic" else "paper"
    else:
        kind = "joins" if profile.multi_unit.value == AUTOJOIN else "bind"
    return layout.translate(f"vote.left_out.{kind}", units=units)


def _note(authority: Any, meeting: Meeting, layout: Layout) -> str:
    """Say for whom a proxy votes, and on which motions when not on all."""
    written = authority.document(layout.request.vault)
    text = layout.translate(
        "proxy.voting_for", owner=mask_name(written["appointor_name"]), number=authority.__name__
    )
    titles = [one.title for one in meeting.motions() if one.__name__ in authority.matters]
    only = layout.translate("proxy.only_motions", motions="；".join(titles)) if titles else ""
    return text + only


def motion_fields(motion: Any, marks: tuple[str, ...], layout: Layout) -> dict[str, Any]:
    """Return one motion for a ballot page: its controls with what is marked."""
    spec = motion.spec()
    single, labels = spec.max_marks == 1, motion.labels(layout.request)
    hint = "vote.hint.one" if single else "vote.hint.several"
    return {
        "name": PREFIX + spec.key,
        "key": spec.key,
        "title": motion.title,
        "url": layout.url(motion),
        "description": motion.description,
        "matter": layout.translate(f"matter.{motion.matter}"),
        "hint": layout.translate(hint, most=spec.max_marks),
        "control": "radio" if single else "checkbox",
        "inline": spec.options[-1] == ABSTAIN,
        "options": [
            {"value": option, "label": label, "note": note, "checked": option in marks}
            for (option, label), note in zip(labels.items(), motion.notes(), strict=True)
        ],
    }


def ballot_lines(meeting: Meeting, choices: Mapping[str, Any], request: Any) -> list[Any]:
    """Return what a ballot says about each motion in words; nothing is chosen in a blank one."""
    return [
        {
            "title": motion.title,
            "chosen": [
                label
                for key, label in motion.labels(request).items()
                if key in choices.get(motion.__name__, ())
            ],
        }
        for motion in meeting.motions()
    ]


def nonce_of(request: Any) -> str:
    """Return the nonce of the form, or a new one."""
    given = request.POST.get("nonce", "")
    return given if NONCE.fullmatch(given) else secrets.token_hex(16)


def _right_key(request: Any, allowed: list[Any]) -> str:
    keys = [one.right.key for one in allowed]
    wanted = request.params.get("right", "")
    return wanted if wanted in keys else keys[0]
