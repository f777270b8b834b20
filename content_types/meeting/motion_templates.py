"""New motions from templates (议题模板): choose a text, fill its blanks."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.meeting import Meeting
from content_types.motion import MotionSchema
from portal import i18n
from portal.forms import Form
from portal.layout import Layout
from portal.rules.motion_template import MotionTemplate, matter_of, templates_of
from portal.security import Permission
from portal.views.content import create_in


def templates_here(meeting: Meeting, request: Any) -> dict[str, MotionTemplate]:
    """Return the templates of the place of a meeting, by id."""
    registry = request.registry
    return templates_of(registry.motion_templates, meeting.rules(registry))


@view_config(
    context=Meeting,
    name="motion-templates",
    renderer="skins:default/motion_templates.pt",
    permission=Permission.MOTION_ADD.value,
)
def show(context: Meeting, request: Any) -> dict[str, Any]:
    """List the templates by the kind of motion."""
    layout, profile = Layout(request, context), context.rules(request.registry)
    found = templates_here(context, request).values()
    groups = [
        {
            "title": layout.translate(f"matter.{matter.id}"),
            "clause": matter.clause,
            "templates": [
                {"title": one.title, "url": layout.url(context, "from-template", one.id)}
                for one in found
                if matter_of(one, profile) == matter.id
            ],
        }
        for matter in profile.matters
    ]
    return {"item": context, "groups": [group for group in groups if group["templates"]]}


@view_config(
    context=Meeting,
    name="from-template",
    renderer="skins:default/form.pt",
    permission=Permission.MOTION_ADD.value,
)
def add(context: Meeting, request: Any) -> Any:
    """Show the form of a motion filled from a template, and take it."""
    template = templates_here(context, request).get(request.subpath[0] if request.subpath else "")
    if template is None:
        raise HTTPNotFound
    profile = context.rules(request.registry)
    form = Form(MotionSchema(), request, values=values_of(template, matter_of(template, profile)))
    if form.take(lambda values: create_in(context, "motion", values, request)):
        request.session.flash(["success", "content.added"])
        return HTTPSeeOther(request.resource_url(form.made))
    return {
        "item": context,
        "form": form.render(),
        "heading": i18n.message("motion.add"),
        "intro": i18n.message("motion_template.intro"),
    }


def values_of(template: MotionTemplate, matter: str) -> dict[str, Any]:
    """Return what a template puts into the form."""
    return {
        "title": template.title,
        "matter": matter,
        "item": template.item,
        "description": template.description.strip(),
        "mode": template.mode,
        "options": template.options,
        "max_marks": template.max_marks,
        "seats": template.seats,
    }
