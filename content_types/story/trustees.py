"""Trustees of the story (演示托管人): played with the trustees' own tool.

Their key files lie below the site's data, which is right for a demo and for nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from content_types.meeting.opening import meeting_id
from content_types.meeting.trustees import seats, steps
from content_types.story.acting import Stage
from portal.evidence import trustee

HOLDERS = {
    "convenor": ("convenor",),
    "street_office": ("street",),
    "scrutineers": ("scrutineer", "scrutineer2", "scrutineer3"),
}
# Who hands in his key after the close: two groups, one scrutineer is on a journey.
GIVERS = ("street", "scrutineer", "scrutineer3")
PASSPHRASE = "demo"  # noqa: S105 - of key files that everybody may read.
README = """\
演示用的托管人密钥文件，口令 demo。真实的托管人把密钥留在自己手里，绝不放在服务器上。
Key files of the demo's trustees, passphrase "demo". Real trustees never leave theirs on the server.
"""


def key_file(meeting: Any, login: str, request: Any) -> str:
    """Return the path of the key file of a played trustee."""
    folder = Path(request.registry.settings["yitang"].data) / "demo-trustees"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        (folder / "README.txt").write_text(README, encoding="utf-8")
    return str(folder / f"{meeting_id(meeting)}-{login}.key")


def appoint(stage: Stage, meeting_of: Any) -> None:
    """Let the convenor name the trustees, and each of them prove a fresh key."""

    def name(request: Any) -> None:
        found = request.site.accounts.find
        chosen = {
            group: [found(request.vault, login).id for login in logins]
            for group, logins in HOLDERS.items()
        }
        seats.name(meeting_of(request), request, chosen)

    stage.run(name, "convenor")
    for login in (login for logins in HOLDERS.values() for login in logins):
        stage.run(lambda request, who=login: _prove(meeting_of(request), who, request), login)


def release(stage: Stage, meeting_of: Any) -> None:
    """Let two groups hand in their keys, so that the count begins."""

    def give(login: str, request: Any) -> None:
        meeting = meeting_of(request)
        key = trustee.load_key(key_file(meeting, login, request), PASSPHRASE)
        seat = seats.seat_of(meeting, request.account_id)
        steps.release(meeting, seat, key.private_bytes_raw().hex(), request)

    for login in GIVERS:
        stage.run(lambda request, who=login: give(who, request), login)
    stage.settle()


def _prove(meeting: Any, login: str, request: Any) -> None:
    path = key_file(meeting, login, request)
    seat = seats.seat_of(meeting, request.account_id)
    public = trustee.new_key(path, PASSPHRASE)
    seat = seats.take_public(meeting, meeting_id(meeting), seat, public)
    answer = trustee.answer(trustee.load_key(path, PASSPHRASE), json.loads(seat.test))
    seats.take_answer(meeting, seat, answer)
