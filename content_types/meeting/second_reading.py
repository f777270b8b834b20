"""Second reading (二次复核): every setting is read once more before a meeting is submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting, timeline
from content_types.meeting.facts import HOW, facts, totals
from content_types.meeting.opening import rule_of
from content_types.meeting.scope import confirmed_totals
from content_types.meeting.settings_record import settings_record
from portal import audit, clock, i18n, law_table, present
from portal.errors import USER_ERRORS, PortalError
from portal.layout import Layout
from portal.security import Permission
from portal.workflow import guard


@dataclass(frozen=True)
class Reading:
    """Who read which settings when; ``digest`` is that of the settings record as it was read."""

    digest: str
    by: str
    at: datetime


def digest_of(meeting: Any, registry: Any) -> str:
    """Return the digest of everything that would be submitted now."""
    confirmed = confirmed_totals(meeting, registry)
    digest: str = settings_record(meeting, meeting.rules(registry), confirmed)["digest"]
    return digest


def is_current(meeting: Any, registry: Any) -> bool:
    """Say whether the settings are still those that were read."""
    return meeting.reading is not None and meeting.reading.digest == digest_of(meeting, registry)


def read(meeting: Any, request: Any) -> Reading:
    """Take the settings as read by the asking person."""
    digest = digest_of(meeting, request.registry)
    meeting.reading = Reading(digest, request.account_id, clock.now())
    meeting.remember(request.account_id or "system", "second_reading", comment=digest[:16])
    audit.record(request, "meeting.second_reading", meeting, digest=digest)
    return meeting.reading


@guard("read_twice")
def read_twice(item: Any, request: Any) -> bool:
    """The convenor has read every setting once more, where the place asks for it."""
    rule = item.rules(request.registry).second_reading
    if rule.value and not is_current(item, request.registry):
        changed = item.reading is not None
        message = "second_reading.outdated" if changed else "second_reading.missing"
        raise PortalError(message, clause=rule.clause)
    return True


@view_config(
    context=Meeting,
    name="second-reading",
    renderer="skins:default/second_reading.pt",
    permission=Permission.MEETING_SUBMIT.value,
)
def show(context: Meeting, request: Any) -> Any:
    """List every setting of the meeting and of each motion, and take the confirmation."""
    if context.workflow_state != "draft":
        raise HTTPNotFound
    layout = Layout(request, context)
    digest = digest_of(context, request.registry)
    parts = [_whole(context, layout), *(_motion(one, context, layout) for one in context.motions())]
    error = ""
    if request.method == "POST":
        error = _fault(request.POST, parts, digest)
        if not error:
            read(context, request)
            request.session.flash(["success", "second_reading.done"])
            return HTTPSeeOther(request.resource_url(context))
        request.response.status_int = 422
    rule = context.rules(request.registry).second_reading
    return {
        "item": context,
        "parts": parts,
        "digest": digest,
        "clause": rule.clause,
        "error": layout.translate(error) if error else "",
        "reading": context.reading,
        "current": is_current(context, request.registry),
    }


def _fault(posted: Any, parts: list[dict[str, Any]], digest: str) -> str:
    """Return why the confirmation does not count: a part unread, or changed since it was shown."""
    if posted.get("digest") != digest:
        return "second_reading.changed"
    read_parts = posted.getall("read")
    unread = any(part["key"] not in read_parts for part in parts)
    return "second_reading.unread" if unread else ""


def _whole(meeting: Any, layout: Layout) -> dict[str, Any]:
    say = layout.translate
    confirmed = confirmed_totals(meeting, layout.request.registry)
    rows = [
        (say("meeting.field.title"), meeting.title),
        *facts(meeting, layout, *HOW),
        *_figures_rows(meeting, layout),
        *facts(meeting, layout, "meeting.field.place"),
        (say("meeting.field.voting_opens_at"), layout.time(meeting.voting_opens_at)),
        (say("meeting.field.voting_closes_at"), layout.time(meeting.voting_closes_at)),
        (say("meeting.field.description"), meeting.description or say("second_reading.none")),
        *facts(meeting, layout, "meeting.rules", "meeting.field.scope"),
        *_first_rows(meeting, layout),
        *_present_rows(meeting, layout),
        *totals(confirmed, layout),
    ]
    return {
        "key": "meeting",
        "title": say("second_reading.meeting"),
        "rows": rows,
        "dates": _dates(meeting, layout),
        "files": present.files(meeting, layout),
    }


def _figures_rows(meeting: Any, layout: Layout) -> list[tuple[str, str]]:
    """Return what the convenor chose about figures while voting, nothing where he cannot."""
    if meeting.rules(layout.request.registry).interim_option_tally.value != "chosen":
        return []
    say = layout.translate
    chosen = "visible" if meeting.interim_figures else "hidden"
    return [(say("meeting.field.interim_figures"), say(f"law.interim_option_tally.{chosen}"))]


def _first_rows(meeting: Any, layout: Layout) -> list[tuple[str, str]]:
    """Return what is said of a first assembly, nothing of any other."""
    if not meeting.inaugural:
        return []
    say, met = layout.translate, meeting.preparatory_meeting_on
    return [
        (say("meeting.field.inaugural"), say("law.yes")),
        (
            say("meeting.field.preparatory_meeting_on"),
            layout.date(met) or say("second_reading.none"),
        ),
    ]


def _present_rows(meeting: Any, layout: Layout) -> list[tuple[str, str]]:
    """Return how the place lets people vote, which nobody sets for one meeting."""
    profile = meeting.rules(layout.request.registry)
    wanted = ("paper_mode", "assisted_terminal", "interim_option_tally", "unit_table_audience")
    if meeting.method == "paper":
        wanted += ("paper_units_to_owners",)
    rows = law_table.rows(profile, layout.translate)
    return [(row.title, row.value) for row in rows if row.key in wanted]


def _dates(meeting: Any, layout: Layout) -> list[tuple[str, str, str]]:
    try:
        found = timeline.deadlines(meeting, layout.request.registry)
    except USER_ERRORS as error:
        text = layout.request.localizer.translate(i18n.of_error(error))
        return [(layout.translate("meeting.timeline"), text, error.clause)]
    return [
        (layout.translate(f"deadline.{one.key}"), layout.date(one.due), one.clause) for one in found
    ]


def _motion(motion: Any, meeting: Any, layout: Layout) -> dict[str, Any]:
    say = layout.translate
    register = meeting.community["owners"]
    found = [(code, register.unit(code)) for code in motion.scope_units]
    units = layout.listed(code if unit is None else unit.label for code, unit in found)
    rows = [
        (say("motion.field.title"), motion.title),
        (say("motion.field.matter"), say(f"matter.{motion.matter}")),
        *([(say("motion.field.item"), say(f"matter.{motion.item}"))] * bool(motion.item)),
        (say("second_reading.majority"), _majority(motion, meeting, layout)),
        (say("motion.field.mode"), say(f"motion.mode.{motion.mode}")),
        (say("motion.field.options"), layout.listed(list(motion.labels(layout.request).values()))),
        *(
            [(say("motion.field.option_notes"), "；".join(motion.option_notes))]
            * bool(motion.option_notes)
        ),
        (say("motion.field.max_marks"), str(motion.spec().max_marks)),
        (say("motion.field.seats"), str(motion.seats or say("second_reading.none"))),
        (say("second_reading.amount"), _amount(motion, layout)),
        (say("motion.field.scope_units"), units or say("meeting.whole_community")),
        (say("motion.field.description"), motion.description),
    ]
    return {
        "key": motion.__name__,
        "title": motion.title,
        "rows": rows,
        "dates": [],
        "files": present.files(motion, layout),
    }


def _amount(motion: Any, layout: Layout) -> str:
    return (
        layout.money(motion.amount_fen)
        if motion.amount_fen
        else layout.translate("second_reading.none")
    )


def _majority(motion: Any, meeting: Any, layout: Layout) -> str:
    """Return the counting rule in words, or why there is none yet."""
    try:
        rule = rule_of(motion, meeting, layout.request.registry)
    except USER_ERRORS as error:
        return str(layout.request.localizer.translate(i18n.of_error(error)))
    return law_table.applied(rule, layout.translate)
