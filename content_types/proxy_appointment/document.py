"""The written authorisation (电子委托书): its text and the PDF made of it (SZ-N6.3)."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any

import typst

from content_types.owner_register.identity import read_document
from portal.layout import Layout
from portal.rules.masking import mask_document

TEMPLATE = Path(__file__).with_name("authorisation.typ")
# The compiler keeps the fonts and refuses a second thread.
_ONE_AT_A_TIME = threading.Lock()
# What the paper says, in its order; the profile names those that must not be empty.
FIELDS = (
    "community",
    "meeting",
    "appointor_name",
    "appointor_id_document",
    "voting_rights",
    "proxy_name",
    "proxy_id_document",
    "proxy_mobile",
    "matters",
    "powers",
    "period",
)


def written(
    meeting: Any, layout: Layout, appointor: Any, values: dict[str, Any], rights: list[Any]
) -> dict[str, str]:
    """Return the document's text by field from what the owner entered.

    ``appointor`` is the owner's account, ``rights`` are the voting rights it is about.
    """
    say, vault = layout.translate, layout.request.vault
    name, number = read_document(values["name"], values["id_kind"], values["id_number"])
    titles = {motion.__name__: motion.title for motion in meeting.motions()}
    matters = [titles[one] for one in sorted(values["matters"])]
    own_number = vault.open(appointor.sealed_id_number, f"account:{appointor.id}:id_number")
    return {
        "community": meeting.community.title,
        "meeting": meeting.title,
        "appointor_name": vault.open(appointor.sealed_name, f"account:{appointor.id}:name"),
        "appointor_id_document": mask_document(own_number),
        "voting_rights": "；".join(_right(meeting, one, layout) for one in rights),
        "proxy_name": name,
        "proxy_id_document": f"{say('unit.id_kind.' + values['id_kind'])} {number}",
        "proxy_mobile": values["phone"],
        "matters": "；".join(matters) or say("proxy.all_motions"),
        "powers": values["powers"].strip(),
        "period": say("proxy.period_text", until=layout.time(values["until"])),
    }


def pdf(document: dict[str, str], number: str, made_at: str, layout: Layout) -> bytes:
    """Return the authorisation as one page; equal text gives equal bytes."""
    say = layout.translate
    data = {
        "title": say("proxy.document.title"),
        "number": number,
        "made_at": made_at,
        "rows": [[say(f"proxy.document.{name}"), document[name]] for name in FIELDS],
        "text": say("proxy.document.text"),
        "signed": say("proxy.document.signed"),
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    with _ONE_AT_A_TIME:
        made = _compiler().compile(
            TEMPLATE.read_bytes(), format="pdf", sys_inputs=inputs, timestamp=0
        )
    return b"".join(made) if isinstance(made, list) else bytes(made or b"")


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler()


def _right(meeting: Any, claim: Any, layout: Layout) -> str:
    register = meeting.community["owners"]
    units = [unit.label for unit in map(register.unit, claim.covered) if unit is not None]
    area = layout.area(claim.right.area_of(claim.covered))
    return layout.translate("proxy.right_text", units="、".join(units), area=area)
