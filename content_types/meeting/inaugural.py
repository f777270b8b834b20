"""First assembly (首次业主大会会议): who convenes it, and what is published with its notice."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting
from portal import audit, files, i18n
from portal.errors import PortalError
from portal.forms import Field, Form, FormSchema, Upload, UploadWidget, choices, offer
from portal.i18n import message
from portal.layout import Layout
from portal.rules.errors import RuleError
from portal.rules.profile import Profile
from portal.security import Permission
from portal.workflow import guard

# What the portal publishes itself: the binding list and the confirmed totals of the notice.
PUBLISHED_BY_PORTAL = frozenset(("owner_list", "headcount", "total_area"))


def wanted_of(profile: Profile) -> tuple[str, ...]:
    """Return the documents of a first assembly that the convenor has to attach (SZ-12.5)."""
    items = profile.documents["inaugural_notice"].value
    return tuple(item for item in items if item not in PUBLISHED_BY_PORTAL)


def missing_of(meeting: Any, profile: Profile) -> list[str]:
    """Return the documents that are not attached, or were removed again."""
    kept = {item for item, file_id in meeting.inaugural_files if meeting.file(file_id)}
    return [item for item in wanted_of(profile) if item not in kept]


@guard("first_assembly_lawful")
def first_assembly_lawful(item: Any, request: Any) -> bool:
    """A first assembly is convened by who may, and all its documents are there (SZ-32)."""
    if not item.inaugural:
        return True
    profile = item.rules(request.registry)
    bodies = profile.inaugural_convenors
    if bodies is not None and item.convenor_kind not in bodies.value:
        told = profile.refusals["convenor_not_allowed"].message
        raise RuleError(told, clause=bodies.clause, field="convenor_kind")
    missing = missing_of(item, profile)
    if missing:
        say = Layout(request, item).translate
        names = "、".join(say(f"law.item.{one}") for one in missing)
        clause = profile.documents["inaugural_notice"].clause
        raise PortalError("inaugural.missing", clause=clause, names=names)
    return True


class DocumentSchema(FormSchema):
    """One document of a first assembly."""

    item = Field(colander.String(), title=message("inaugural.field.item"), data_class="public")
    upload = Field(
        Upload(),
        title=message("file.field.upload"),
        description=message("file.field.upload_help", most=files.MAX_BYTES // 2**20),
        widget=UploadWidget(),
        data_class="public",
    )


@view_config(
    context=Meeting,
    name="inaugural",
    renderer="skins:default/form.pt",
    permission=Permission.EDIT.value,
)
def attach(context: Meeting, request: Any) -> Any:
    """Take one of the documents that are published with the notice of a first assembly."""
    profile = context.rules(request.registry)
    wanted = wanted_of(profile)
    if not context.inaugural or not wanted:
        raise HTTPNotFound
    layout, schema = Layout(request, context), DocumentSchema()
    offer(schema["item"], choices((item, f"law.item.{item}") for item in wanted))
    form = Form(schema, request, button="file.add")
    if form.take(lambda values: keep(context, values["item"], values["upload"], request)):
        request.session.flash(["success", "file.added"])
        return HTTPSeeOther(request.resource_url(context))
    missing = [layout.translate(f"law.item.{item}") for item in missing_of(context, profile)]
    intro = "inaugural.intro" if missing else "inaugural.complete"
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("inaugural.title"),
        "intro": i18n.message(intro, names="、".join(missing)),
        "clause": profile.documents["inaugural_notice"].clause,
    }


def keep(meeting: Meeting, item: str, upload: Any, request: Any) -> None:
    """Attach a document under its name; an earlier one of the same name is replaced."""
    title = Layout(request, meeting).translate(f"law.item.{item}")
    stored = files.store(upload.file, upload.filename, request, title=title)
    for name, file_id in meeting.inaugural_files:
        if name == item:
            meeting.detach(file_id)
    meeting.attach(stored)
    others = tuple(pair for pair in meeting.inaugural_files if pair[0] != item)
    meeting.inaugural_files = (*others, (item, stored.id))
    meeting.remember(request.account_id, "attached", comment=title)
    audit.record(request, "file.attach", meeting, sha256=stored.sha256, document=item)
