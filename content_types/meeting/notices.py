"""The public notice of a vote (投票公告): its text, its publication, and its end when amended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from content_types.meeting import linking
from content_types.meeting.binding_list import binding_list
from content_types.meeting.facts import HOW, WHERE, facts, totals
from portal import clock, content, workflow
from portal.content import by_oid, oid
from portal.layout import Layout
from portal.rules.visibility import figures_while_voting
from portal.workflow import on_transition


@on_transition("meeting.publish_notice")
def publish(event: Any) -> None:
    """Put the public notice and the masked binding list on the platform and tell all owners."""
    item, request = event.item, event.request
    item.noticed_at = clock.now()
    item.binding_list = binding_list(item, request)
    if item.linked_oids:
        linking.use(item, request)
        return
    notice = content.create(
        "announcement",
        request,
        title=item.title,
        kind="voting_notice",
        body=notice_text(item, Layout(request, item)),
        meeting_oid=oid(item),
        posting=item.posting,
        issuer=Layout(request, item).translate(f"convenor.{item.convenor_kind}"),
    )
    if item.posting is not None:
        notice.attach(item.file(item.posting.photo_id))
    content.add(item.community["announcements"], notice, request)
    workflow.transition(notice, "publish", request, system=True)
    item.notice_oid = oid(notice)


@on_transition("meeting.amend")
def supersede(event: Any) -> None:
    """Keep the old notice in the file, marked as superseded (SZ-12.6)."""
    notice = by_oid(event.request.site, event.item.notice_oid) if event.item.notice_oid else None
    if notice is not None and notice.workflow_state == "published":
        workflow.transition(notice, "supersede", event.request, event.comment, system=True)
    event.item.notice_oid = 0


def notice_text(meeting: Any, layout: Any) -> str:
    """Return the public notice as plain text with marks, complete by SZ-12.1 and SZ-12.3."""
    say = layout.translate
    told = [
        *facts(meeting, layout, *HOW),
        *_figures_line(meeting, say),
        *facts(meeting, layout, *WHERE),
        *totals(meeting.confirmation, layout),
        *facts(meeting, layout, "meeting.rules"),
    ]
    lines = [
        say("notice.opening", community=meeting.community.title, title=meeting.title),
        "",
        *(f"- **{label}**：{words}" for label, words in told),
        "",
    ]
    for number, motion in enumerate(meeting.motions(), 1):
        lines += [
            f"## {say('meeting.motion_number', number=number)}：{motion.title}",
            "",
            f"{say('motion.field.matter')}：{say('matter.' + motion.matter)}",
            "",
            motion.description,
            "",
        ]
        labels = motion.labels(layout.request).values()
        lines += [f"{n}. {label}" for n, label in enumerate(labels, 1)]
        lines.append("")
    # Who reads this on paper can tell a package or log signed by anybody else (--key).
    lines += [say("notice.log_key", key=layout.request.registry.signer.key_id), ""]
    basis = "、".join(f"《{name}》" for name in meeting.profile.legal_basis)
    lines += [say("notice.objection"), "", say("notice.basis", basis=basis)]
    return "\n".join(lines)


def _figures_line(meeting: Any, say: Callable[[str], str]) -> list[tuple[str, str]]:
    if not figures_while_voting(
        meeting.profile, meeting.ballot_mode, chosen=meeting.interim_figures
    ):
        return []
    return [(say("law.interim_option_tally"), say("figures.warning"))]
