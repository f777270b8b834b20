"""Extending an open vote (投票延期): how often, by whom, how long and with whose consent (C-9)."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.extension import ExtensionSchema
from content_types.meeting import Meeting
from content_types.meeting.opening import meeting_id
from content_types.meeting.procedure import people_of
from content_types.meeting.step_messages import promise_message
from portal import clock, content, i18n, notify, workflow
from portal.evidence.canonical import Record, canonical
from portal.evidence.promise import milliseconds
from portal.forms import Form
from portal.layout import Layout
from portal.rules import steps
from portal.security import Permission, Role
from portal.workflow import guard, on_transition


def new_end_of(meeting: Any, request: Any, cause: str, new_end: Any, *, but: Any = None) -> Any:
    """Return the end an extension would give with consent; RuleError when the law refuses it.

    ``but`` is the request asked about, which does not count as one used before.
    """
    profile = meeting.rules(request.registry)
    if meeting.workflow_state != "voting":
        raise profile.refuse("extension_after_end")
    granted = [e for e in meeting.children_of("extension") if e.workflow_state == "granted"]
    return steps.extend(
        profile,
        now=clock.now(),
        ends_at=meeting.voting_closes_at,
        used=sum(1 for one in granted if one is not but),
        cause=cause,
        approved=True,
        new_end=new_end,
    )


@guard("extension_lawful")
def extension_lawful(item: Any, request: Any) -> bool:
    """Cause, number, length and time are those of the place's law when it is granted."""
    new_end_of(item.__parent__, request, item.cause, item.new_end, but=item)
    return True


@on_transition("extension.grant", "extension.grant_at_once")
def move_end(event: Any) -> None:
    """Move the end of the vote, log it beside the ballots and tell all owners (SZ-19.2)."""
    item, meeting, request = event.item, event.item.__parent__, event.request
    end = new_end_of(meeting, request, item.cause, item.new_end, but=item)
    item.old_end, item.granted_end = meeting.voting_closes_at, end
    meeting.voting_closes_at = end
    meeting.remember(event.actor, "extended", comment=item.text)
    box = meeting.ballot_box
    box.log.append(canonical(extension_record(meeting, item, request)))
    box.log.head(box.signer(request.registry), clock.now())
    promise_message(meeting, request, "vote.extended")


def extension_record(meeting: Any, item: Any, request: Any) -> Record:
    """Return what the log keeps of an extension; times are UTC milliseconds."""
    return {
        "type": "voting-extended",
        "v": 1,
        "meeting": meeting_id(meeting),
        "from": milliseconds(item.old_end),
        "to": milliseconds(item.granted_end),
        "cause": item.cause,
        "clause": meeting.rules(request.registry).extension.clause,
    }


@on_transition("meeting.close_voting", "meeting.suspend")
def lapse_requests(event: Any) -> None:
    """Let undecided requests lapse: without a decision voting closes on time (SZ-19.2)."""
    for item in event.item.children_of("extension"):
        if item.workflow_state == "submitted":
            workflow.transition(item, "lapse", event.request, system=True)


@on_transition("extension.grant", "extension.refuse", "extension.lapse")
def tell_convenor(event: Any) -> None:
    """Tell who asked how it was decided."""
    meeting, layout = event.item.__parent__, Layout(event.request, event.item)
    values = {
        "title": meeting.title,
        "decision": layout.state(event.item),
        "end": layout.time(meeting.voting_closes_at),
        "comment": event.comment or "-",
    }
    link = event.request.resource_path(event.item)
    for account_id in people_of(event.request, meeting, Role.CONVENOR):
        notify.send(event.request, account_id, "extension.decided", values, link=link)


@view_config(
    context=Meeting,
    name="extend",
    renderer="skins:default/form.pt",
    permission=Permission.MEETING_RUN.value,
)
def extend(context: Meeting, request: Any) -> Any:
    """Take a request to extend; where the organiser alone decides it holds at once."""
    profile = context.rules(request.registry)
    rule = profile.extension
    if context.workflow_state != "voting" or not rule.value.allowed:
        raise HTTPNotFound
    form = Form(_schema(rule.value), request)
    if form.take(lambda values: ask(context, request, values)):
        request.session.flash(["success", f"extension.{form.made.workflow_state}.done"])
        return HTTPSeeOther(request.resource_url(context))
    layout = Layout(request, context)
    kind = "days" if rule.value.days else "free"
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("extension.add"),
        "intro": i18n.message(
            f"extension.intro.{kind}",
            days=rule.value.days or 0,
            end=layout.time(context.voting_closes_at),
            clause=layout.clause_words(rule.clause),
        ),
    }


def ask(meeting: Any, request: Any, values: dict[str, Any]) -> Any:
    """Create the request and return it; RuleError when it could not be granted anyway."""
    rule = meeting.rules(request.registry).extension.value
    new_end_of(meeting, request, values.get("cause", ""), values.get("new_end"))
    item = content.create("extension", request, **values)
    content.add(meeting, item, request)
    if not rule.approval:
        workflow.transition(item, "grant_at_once", request, values["text"], system=True)
        return item
    layout = Layout(request, meeting)
    told = {"title": meeting.title, "community": meeting.community.title, "reason": item.text}
    for account_id in people_of(request, meeting, Role.STREET_OFFICER):
        link = layout.url(item)
        notify.send(request, account_id, "extension.asked", told, link=link, priority=True)
    return item


def _schema(rule: Any) -> ExtensionSchema:
    """Return the form with the questions that the law of the place leaves open."""
    schema = ExtensionSchema()
    if not rule.causes:
        del schema["cause"]
    if rule.days is not None:
        del schema["new_end"]
    return schema
