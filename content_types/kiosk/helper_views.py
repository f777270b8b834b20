"""Pages of the helper (辅助人员): open a terminal, check documents, admit voters."""

from __future__ import annotations

import io
from typing import Any

import colander
import segno
from deform.widget import CheckboxWidget, TextInputWidget
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from pyramid.view import view_config

from content_types.kiosk import model
from content_types.meeting import Meeting, eligibility
from content_types.owner_register.document_fields import id_kind_field, id_number_field, name_field
from portal import clock
from portal.forms import Field, Form, FormSchema
from portal.i18n import message
from portal.layout import Layout
from portal.security import Permission
from portal.views.again import fresh_or_redirect

PAGE = "skins:default/kiosk_helper.pt"


class OpenSchema(FormSchema):
    """Where the terminal stands and for how long."""

    place = Field(
        colander.String(),
        title=message("kiosk.field.place"),
        description=message("kiosk.field.place_help"),
        validator=colander.Length(max=80),
        data_class="internal",
    )
    hours = Field(
        colander.Integer(),
        title=message("kiosk.field.hours"),
        validator=colander.Range(1, model.LONGEST_HOURS),
        widget=TextInputWidget(attributes={"inputmode": "numeric"}),
        data_class="internal",
    )


class DocumentSchema(FormSchema):
    """What the helper reads off the document that is shown."""

    name = name_field()
    id_kind = id_kind_field()
    id_number = id_number_field()
    seen = Field(
        colander.Boolean(),
        title=message("kiosk.field.seen"),
        widget=CheckboxWidget(),
        validator=colander.OneOf([True]),
        data_class="internal",
    )


@view_config(context=Meeting, name="kiosk", renderer=PAGE, permission=Permission.KIOSK_RUN.value)
def run(context: Meeting, request: Any) -> Any:
    """Open a terminal, or run one: ``kiosk/<terminal>``."""
    model.check_offered(context, request)
    again = fresh_or_redirect(request) if request.method == "POST" else None
    if again is not None:
        return again
    if request.subpath:
        return _terminal(context, model.terminal(context, request.subpath[0]), request)
    form = Form(OpenSchema(), request, button="kiosk.open", values={"hours": 4})
    shown: dict[str, Any] = {"pairing": "", "one": None}
    if form.take(lambda values: model.open_terminal(context, request, **values)):
        one, code = form.made
        shown = {"pairing": f"{code[:4]} {code[4:]}", "one": one}
    return _page(context, request, form.render(), **shown)


def _terminal(meeting: Meeting, one: model.Terminal, request: Any) -> Any:
    now = clock.now()
    form = Form(DocumentSchema(), request, button="kiosk.admit")
    answers: list[dict[str, str]] = []
    code = ""
    if request.method == "POST" and request.POST.get("act") == "end":
        model.end_terminal(meeting, one, request)
        request.session.flash(["success", "kiosk.ended"])
        return HTTPSeeOther(request.resource_path(meeting, "kiosk"))
    if form.take(lambda values: _admit(meeting, one, values, request)):
        answers, code = form.made
    if answers:
        # A fresh form: the document of one voter never stands in the next one's.
        form = Form(DocumentSchema(), request, button="kiosk.admit")
    shown = form.render() if one.is_open(now) else ""
    return _page(meeting, request, shown, one=one, code=code, answers=answers)


def _admit(
    meeting: Meeting, one: model.Terminal, values: dict[str, Any], request: Any
) -> tuple[list[dict[str, str]], str]:
    """Return the answer for each right and, when one can be cast, the code for the tablet."""
    layout = Layout(request, meeting)
    voter = model.identify(meeting, request, values)
    claims = eligibility.claims(meeting, request, voter, channel="terminal")
    register = meeting.community["owners"]
    answers = [
        {
            "units": register.labels(claim.covered if claim.allowed else claim.right.units),
            "text": layout.translate("kiosk.may_vote")
            if claim.allowed
            else layout.translate(claim.answer.message),
            "clause": claim.answer.clause,
            "reason": claim.answer.reason,
        }
        for claim in claims
    ]
    if not any(claim.allowed for claim in claims):
        if not claims:
            raise meeting.rules(request.registry).refuse("not_owner")
        return answers, ""
    units = [unit for claim in claims if claim.allowed for unit in claim.covered]
    code = model.admit(meeting, one, voter, request, units)
    return answers, f"{code[:3]} {code[3:]}"


def _page(meeting: Meeting, request: Any, form: str, **shown: Any) -> dict[str, Any]:
    layout, now = Layout(request, meeting), clock.now()
    address = request.resource_url(meeting, "terminal")
    request.response.headers["Cache-Control"] = "no-store"
    return {
        "item": meeting,
        "form": form,
        "address": address,
        "qr": layout.url(meeting, "terminal-code"),
        "terminals": [
            {
                "place": one.place,
                "url": layout.url(meeting, "kiosk", one.id),
                "state": layout.translate(f"kiosk.state.{_state(one, now)}"),
                "until": layout.time(one.expires_at),
                "ballots": one.ballots,
            }
            for one in sorted((meeting.terminals or {}).values(), key=lambda t: t.opened_at)
        ],
        "state": "" if shown.get("one") is None else _state(shown["one"], now),
        "pairing": "",
        "code": "",
        "answers": [],
        **shown,
    }


@view_config(context=Meeting, name="terminal-code", permission=Permission.KIOSK_RUN.value)
def picture_of_address(context: Meeting, request: Any) -> Response:
    """Send the address of the tablet's page as a picture to scan."""
    picture = io.BytesIO()
    segno.make(request.resource_url(context, "terminal"), error="m").save(
        picture, kind="png", border=2, scale=5
    )
    return Response(picture.getvalue(), content_type="image/png")


def _state(one: model.Terminal, now: Any) -> str:
    if not one.is_open(now):
        return "over"
    if one.is_used(now):
        return "voting"
    if one.waits(now):
        return "waiting"
    return "ready" if one.device else "unpaired"
