"""Pages every content object has (通用页面): add, edit, delete, step, history, attachments."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from portal import audit, content, events, files, i18n, workflow
from portal.content import Content, ContentFolder
from portal.forms import Field, Form, FormSchema, Upload, UploadWidget
from portal.security import Permission, permits
from portal.type_registry import addable_types, type_named

FORM_PAGE = "skins:default/form.pt"


@view_config(context=ContentFolder, name="add", renderer=FORM_PAGE)
def add_item(context: ContentFolder, request: Any) -> Any:
    """Show and take the form that adds an object: ``<container>/add/<type>``."""
    cls = type_named(request.subpath[0] if request.subpath else "")
    if cls not in set(addable_types(context)) or cls.schema is None:
        raise HTTPNotFound
    if not permits(context, cls.add_permission, request.principals):
        raise HTTPForbidden
    form = Form((cls.new_schema or cls.schema)(), request)
    if form.take(lambda values: create_in(context, cls.content_type_name, values, request)):
        request.session.flash(["success", "content.added"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message(f"{cls.content_type_name}.add"),
    }


def create_in(container: Any, type_name: str, values: dict[str, Any], request: Any) -> Content:
    """Return a new object of a type with the values of its form, put into a container."""
    slug = values.pop("slug", "")
    item = content.create(type_name, request, **values)
    content.add(container, item, request, name=slug)
    return item


@view_config(context=Content, name="edit", renderer=FORM_PAGE, permission=Permission.EDIT.value)
def edit_item(context: Any, request: Any) -> Any:
    """Show and take the form that changes an object."""
    if context.schema is None:
        raise HTTPNotFound
    form = Form(context.schema(), request, values=context.values_of_schema())
    if form.take(lambda values: content.edit(context, request, values)):
        request.session.flash(["success", "content.saved" if form.made else "content.same"])
        return HTTPSeeOther(request.resource_url(context))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message(f"{context.content_type_name}.edit"),
    }


@view_config(
    context=Content,
    name="delete",
    renderer="skins:default/delete.pt",
    permission=Permission.DELETE.value,
)
def delete_item(context: Any, request: Any) -> Any:
    """Ask, then remove an object that the rules of its state still allow to remove."""
    if request.method == "POST":
        parent = context.__parent__
        content.remove(context, request)
        request.session.flash(["success", "content.removed"])
        return HTTPSeeOther(request.resource_url(parent))
    return {"item": context}


@view_config(context=Content, name="step", request_method="POST")
def take_step(context: Any, request: Any) -> Any:
    """Take a workflow step: ``<item>/step/<transition>`` with an optional comment."""
    if not request.subpath or not context.workflow_name:
        raise HTTPNotFound
    name = request.subpath[0]
    workflow.transition(context, name, request, request.POST.get("comment", ""))
    request.session.flash(["success", f"done.{context.workflow_name}.{name}"])
    return HTTPSeeOther(request.resource_url(context))


@view_config(
    context=Content,
    name="history",
    renderer="skins:default/history.pt",
    permission=Permission.HISTORY.value,
)
def show_history(context: Any, request: Any) -> dict[str, Any]:
    """Show who did what to an object, newest first, with the differences.

    Who may not see the object sees no history of it, whatever the role at its place.
    """
    if not permits(context, Permission.VIEW, request.principals):
        raise HTTPForbidden
    return {"item": context, "entries": context.history()}


@view_config(context=Content, name="file", permission=Permission.VIEW.value)
def show_file(context: Any, request: Any) -> Any:
    """Send an attachment: ``<item>/file/<id>``."""
    stored = context.file(request.subpath[0]) if request.subpath and is_holder(context) else None
    if stored is None:
        raise HTTPNotFound
    return files.respond(stored)


class AttachmentSchema(FormSchema):
    """One file and what it is."""

    title = Field(
        colander.String(),
        title=i18n.message("file.field.title"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    upload = Field(
        Upload(),
        title=i18n.message("file.field.upload"),
        description=i18n.message("file.field.upload_help", most=files.MAX_BYTES // 2**20),
        widget=UploadWidget(),
        data_class="public",
    )


@view_config(
    context=files.FileHolder,
    name="attach",
    renderer=FORM_PAGE,
    permission=Permission.EDIT.value,
)
def attach(context: Any, request: Any) -> Any:
    """Add an attachment to an object that may still be edited."""
    form = Form(AttachmentSchema(), request, button="file.add")
    if form.take(lambda values: _store(values, request)):
        context.attach(form.made)
        context.remember(request.account_id, "attached", comment=form.made.title)
        audit.record(request, "file.attach", context, sha256=form.made.sha256)
        _tell_files(context, request)
        request.session.flash(["success", "file.added"])
        return HTTPSeeOther(request.resource_url(context))
    return {"item": context, "form": form.render(), "heading": i18n.message("file.add")}


def _store(values: dict[str, Any], request: Any) -> files.StoredFile:
    upload = values["upload"]
    return files.store(upload.file, upload.filename, request, title=values["title"])


@view_config(
    context=files.FileHolder,
    name="detach",
    request_method="POST",
    permission=Permission.EDIT.value,
)
def detach(context: Any, request: Any) -> HTTPSeeOther:
    """Remove an attachment from an object that may still be edited."""
    stored = context.file(request.subpath[0]) if request.subpath else None
    if stored is None:
        raise HTTPNotFound
    context.detach(stored.id)
    context.remember(request.account_id, "detached", comment=stored.title)
    audit.record(request, "file.detach", context, sha256=stored.sha256)
    _tell_files(context, request)
    return HTTPSeeOther(request.resource_url(context))


def _tell_files(item: Any, request: Any) -> None:
    """Tell that attachments changed; no field did."""
    request.registry.notify(events.Edited(item, request.account_id, request, {}, {}))


def is_holder(item: Any) -> bool:
    """Say whether an object carries attachments."""
    return isinstance(item, files.FileHolder)
