"""The meeting is the file (归档): what the procedure leaves behind goes into the archive."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from content_types.record_file import RESTRICTED, Part, capture
from portal.content import by_oid, oid
from portal.layout import Layout
from portal.workflow import on_transition

JSON = "application/json"
# The log of a vote begins with the settings and the roll commitment.
ROLL_LEAF = 1
# What the rules ask a meeting's file to hold (SZ-27, issue of the archive rules).
WANTED = (
    "settings",
    "notice",
    "posting",
    "binding_list",
    "roll",
    "log",
    "result",
    "result_posting",
    "minutes",
)


@on_transition("meeting.archive")
def file_meeting(event: Any) -> None:
    """Capture the whole meeting in one step."""
    item, request = event.item, event.request
    archive = item.community["archives"]
    record = capture(archive, item, list(parts(item, request)), WANTED, request)
    item.record_oid = oid(record)


def parts(item: Any, request: Any) -> Any:
    """Yield every record of the meeting's file."""
    layout = Layout(request, item)

    def title(kind: str) -> str:
        return layout.translate(f"record.kind.{kind}")

    yield Part("settings", title("settings"), "settings.json", JSON, _json(item.versions[-1]))
    notice = by_oid(item, item.notice_oid)
    yield Part(
        "notice", notice.title, "notice.md", "text/plain; charset=utf-8", notice.body.encode()
    )
    for kind, evidence in (("posting", item.posting), ("result_posting", item.result_posting)):
        if evidence is not None:
            photo = item.file(evidence.photo_id)
            words = f"{title(kind)}：{evidence.place} {layout.time(evidence.posted_at)}"
            yield Part(kind, words, photo.filename, photo.media_type, photo.read())
    yield Part(
        "binding_list", title("binding_list"), "binding-list.csv", "text/csv", _binding_csv(item)
    )
    for number, one in enumerate(item.objections(), 1):
        answers = [entry for entry in one.history() if entry.get("comment")]
        record = {
            "subject": one.subject,
            "text": one.text,
            "state": one.workflow_state,
            "answers": [entry["comment"] for entry in answers],
        }
        name = f"objection-{number}.json"
        yield Part("objection", one.title, name, JSON, _json(record), RESTRICTED)
    for file in item.files():
        if file.id not in {e.photo_id for e in (item.posting, item.result_posting) if e}:
            yield Part("attachment", file.title, file.filename, file.media_type, file.read())
    for motion in item.motions():
        for file in motion.files():
            words = f"{motion.title} · {file.title}"
            yield Part("attachment", words, file.filename, file.media_type, file.read())
    box, result = item.ballot_box, item.result
    yield Part("roll", title("roll"), "roll-commitment.json", JSON, box.log.leaf(ROLL_LEAF))
    heads = [dict(head) for head in box.log.heads()]
    yield Part("log", title("log"), "log-heads.json", JSON, _json(heads))
    for version, one in enumerate(item.results, 1):
        yield Part("result", title("result"), f"result-{version}.json", JSON, _json(one.record))
    yield Part("count_log", title("count_log"), "count-log.json", JSON, _json(result.log))
    yield Part(
        "minutes",
        title("minutes"),
        "minutes.md",
        "text/plain; charset=utf-8",
        minutes(item, layout),
    )


def minutes(item: Any, layout: Layout) -> bytes:
    """Return the minutes as text: what was decided, by whom, when and how."""
    say = layout.translate
    confirmed = item.confirmation
    lines = [
        f"# {item.community.title} {item.title} {say('record.kind.minutes')}",
        "",
        f"- {say('meeting.field.convenor_kind')}：{say('convenor.' + item.convenor_kind)}",
        f"- {say('meeting.field.place')}：{item.place}",
        (
            f"- {say('meeting.window')}：{layout.time(item.voting_opens_at)} — "
            f"{layout.time(item.voting_closes_at)}"
        ),
        f"- {say('totals.heads')}：{confirmed.heads}",
        f"- {say('totals.area')}：{layout.area(confirmed.area)}",
        f"- {say('meeting.rules')}：{item.profile.title}（{item.profile.label}）",
        "",
        f"## {say('result.title')}",
        "",
        item.result.summary(layout),
        "",
        f"## {say('history.title')}",
        "",
    ]
    for entry in reversed(item.history()):
        if entry["action"] == "transition":
            step = layout.step(item, entry["transition"])
            comment = f"：{entry['comment']}" if entry["comment"] else ""
            actor = layout.actor(entry["actor"])
            lines.append(f"- {layout.time(entry['at'])} {step}（{actor}）{comment}")
    return "\n".join(lines).encode()


def _binding_csv(item: Any) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "room", "phone", "bound_at", "state"])
    for line in item.binding_list or ():
        at = line.bound_at.isoformat() if line.bound_at else ""
        writer.writerow([line.name, line.room, line.phone, at, line.state])
    return ("\ufeff" + out.getvalue()).encode()


def _json(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
