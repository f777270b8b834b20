"""Guidance of the street office (指导意见): in time or late, it is noted and told, never a veto."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander
from deform.widget import TextAreaWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.meeting.procedure import people_of, separate_reviewer
from portal import audit, clock, i18n, notify
from portal.forms import Field, Form, FormSchema
from portal.rules.days import local_date
from portal.security import Permission, Role

ENTRY, RESULT = "entry", "result"
GUIDABLE = ("submitted", "approved", "noticed", "result_review", "resolved", "published")


@dataclass(frozen=True)
class Guidance:
    """One opinion on the entry or the result; late when it came after its days (SZ-12.2)."""

    at: datetime
    by: str
    about: str
    text: str
    late: bool

    def words(self, layout: Any) -> str:
        """Return the opinion as one line for pages and papers."""
        about = layout.translate(f"guidance.about.{self.about}")
        late = layout.translate("guidance.late") if self.late else ""
        return f"{layout.time(self.at)}　{about}{late}　{self.text}"


class GuidanceSchema(FormSchema):
    """What the street office advises."""

    text = Field(
        colander.String(),
        title=i18n.message("guidance.field.text"),
        widget=TextAreaWidget(rows=6),
        validator=colander.Length(max=2000),
        data_class="internal",
    )


def give(meeting: Any, request: Any, text: str) -> Guidance:
    """Note an opinion on the entry or, after the count, on the result, and tell the convenor."""
    about = ENTRY if meeting.result is None else RESULT
    guidance = Guidance(
        clock.now(), request.account_id, about, text, _is_late(meeting, request, about)
    )
    meeting.guidance = (*meeting.guidance, guidance)
    meeting.remember(request.account_id, "guided", comment=text)
    audit.record(request, "meeting.guide", meeting, about=about, late=guidance.late)
    values = {"title": meeting.title, "comment": text}
    link = request.resource_path(meeting)
    for account_id in people_of(request, meeting, Role.CONVENOR):
        notify.send(request, account_id, "review.guided", values, link=link)
    return guidance


def _is_late(meeting: Any, request: Any, about: str) -> bool:
    profile = meeting.rules(request.registry)
    review = profile.launch_review if about == ENTRY else profile.result_review
    since = meeting.submitted_at if about == ENTRY else meeting.result_submitted_at
    if review.value.days is None or since is None:
        return False
    last = request.calendar.period_end(local_date(since), review.value.days)
    return local_date(clock.now()) > last


@view_config(
    context=Meeting,
    name="guidance",
    renderer="skins:default/form.pt",
    permission=Permission.MEETING_REVIEW.value,
)
def note_guidance(context: Meeting, request: Any) -> Any:
    """Take an opinion of the street office; silence and lateness block nothing (SZ-12.2, 25.5)."""
    if context.workflow_state not in GUIDABLE:
        raise HTTPNotFound
    form = Form(GuidanceSchema(), request)

    def act(values: dict[str, Any]) -> None:
        separate_reviewer(context, request)
        give(context, request, values["text"])

    if form.take(act):
        request.session.flash(["success", "guidance.done"])
        return HTTPSeeOther(request.resource_url(context))
    return {"item": context, "form": form.render(), "heading": i18n.message("guidance.add")}
