"""The page on which a department sees and changes the methods of identification (SZ-9.5)."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import CheckboxChoiceWidget, TextAreaWidget
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.office import DEPARTMENTS, Office
from content_types.owner_register import methods
from portal import present
from portal.content import by_oid, oid
from portal.forms import Field, Form, FormSchema, choices, offer
from portal.i18n import message
from portal.layout import Layout
from portal.rules.profile import Profile
from portal.security import Permission


@view_config(
    context=Office,
    name="identity-methods",
    renderer="skins:default/identity_methods.pt",
    permission=Permission.VIEW.value,
)
def show_methods(context: Office, request: Any) -> dict[str, Any]:
    """Show everybody the methods in force and every former state with its notice."""
    if context.kind not in DEPARTMENTS:
        raise HTTPNotFound
    layout = Layout(request, context)
    may_change = layout.may(context, Permission.METHODS_CHANGE)
    return {
        "item": context,
        "places": [
            {
                "title": layout.translate(f"profile.{profile.id}"),
                "methods": _states(context, profile, layout),
                "url": layout.url(context, "change-methods", profile=profile.id)
                if may_change
                else "",
            }
            for profile in _profiles(context, request)
        ],
        "changes": [_line(one, context, layout) for one in reversed(context.method_changes)],
        "actions": [
            present.link(
                layout.translate("office_notice.add"), layout.url(context, "add", "office_notice")
            )
        ]
        if layout.may(context, Permission.OFFICE_NOTICE_ADD)
        else [],
    }


def _profiles(office: Office, request: Any) -> list[Profile]:
    """Return the rules of the communities below, and those the office ever changed."""
    below = (one.profile_id for one in methods.communities_below(office, request))
    names = dict.fromkeys([*below, *(one.profile_id for one in office.method_changes)])
    profiles = request.registry.profiles
    return [profiles[name] for name in names if name in profiles]


def _states(office: Office, profile: Profile, layout: Layout) -> list[tuple[str, str, bool]]:
    off = methods.switched_off(office, profile.id)
    return [
        (layout.translate(f"identity.way.{one.id}"), one.clause, one.id not in off)
        for one in profile.identity_methods.value
    ]


def _line(one: methods.MethodChange, office: Office, layout: Layout) -> dict[str, Any]:
    say = layout.translate
    notice = by_oid(office, one.notice_oid)

    def names(ids: tuple[str, ...]) -> str:
        return layout.listed(say(f"identity.way.{name}") for name in ids) or say("methods.none_off")

    return {
        "at": layout.time(one.at),
        "by": layout.actor(one.by),
        "profile": say(f"profile.{one.profile_id}"),
        "before": names(one.off_before),
        "after": names(one.off),
        "explanation": one.explanation,
        "notice": notice.title,
        "notice_url": layout.url(notice),
    }


class MethodsSchema(FormSchema):
    """Which methods are offered from now on, the notice that says so, and why."""

    methods = Field(
        colander.Set(),
        title=message("methods.field.methods"),
        missing_msg=message("methods.nobody_left"),
        data_class="public",
    )
    notice_oid = Field(
        colander.String(),
        title=message("methods.field.notice_oid"),
        description=message("methods.field.notice_oid_help"),
        missing_msg=message("methods.no_notice"),
        data_class="public",
    )
    explanation = Field(
        colander.String(),
        title=message("methods.field.explanation"),
        description=message("methods.field.explanation_help"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=2000),
        data_class="public",
    )


def _schema(office: Office, profile: Profile) -> Any:
    schema = MethodsSchema()
    known = [one.id for one in profile.identity_methods.value]
    ways = choices((one, f"identity.way.{one}") for one in known)
    schema["methods"].widget = CheckboxChoiceWidget(values=ways)
    schema["methods"].validator = colander.ContainsOnly(known)
    notices = [(str(oid(one)), one.title) for one in methods.free_notices(office)]
    offer(schema["notice_oid"], [("", message("bind.please")), *notices])
    return schema


@view_config(
    context=Office,
    name="change-methods",
    renderer="skins:default/form.pt",
    permission=Permission.METHODS_CHANGE.value,
)
def change_methods(context: Office, request: Any) -> Any:
    """Take which methods are offered from now on, the notice of it, and why."""
    profile = next(
        (one for one in _profiles(context, request) if one.id == request.GET.get("profile")), None
    )
    if context.kind not in DEPARTMENTS or profile is None:
        raise HTTPNotFound
    off = methods.switched_off(context, profile.id)
    now = {one.id for one in profile.identity_methods.value if one.id not in off}
    schema = _schema(context, profile)
    form = Form(schema, request, button="methods.save", values={"methods": now})

    def act(values: dict[str, Any]) -> None:
        number, wanted = int(values["notice_oid"]), set(values["methods"])
        methods.change(context, profile, wanted, number, values["explanation"], request)

    if form.take(act):
        request.session.flash(["success", "methods.changed"])
        return HTTPSeeOther(request.resource_url(context, "identity-methods"))
    return {
        "item": context,
        "heading": message("methods.change"),
        "intro": message("methods.intro"),
        "clause": profile.clauses["method_change"],
        "form": form.render(),
        "links": [
            (message("office_notice.add"), request.resource_url(context, "add", "office_notice"))
        ],
        "back_url": request.resource_url(context, "identity-methods"),
    }
