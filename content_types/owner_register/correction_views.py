"""Pages of a correction: apply with evidence, look at the difference, decide."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config

from content_types.owner_register import OwnerRegister, words
from content_types.owner_register.columns import BY_KEY
from content_types.owner_register.correction import (
    MAX_OWNERS,
    OWNER_COLUMNS,
    UNIT_COLUMNS,
    Lines,
    RegisterCorrection,
    apply_for,
    clause_of,
    entered_lines,
    examine_lines,
)
from content_types.owner_register.views import finding_line
from portal import audit, files, i18n, workflow
from portal.errors import PortalError
from portal.rules.area import format_area
from portal.rules.number import format_percent
from portal.security import Permission

PLACE = ("building", "entrance", "room")
SPARE_ROWS = 2
# The first word for an identifier is the one the form offers.
WORDS = {
    "use": {code: word for word, code in reversed(words.USES.items())},
    "id_kind": {code: word for word, code in reversed(words.ID_KINDS.items())},
    "area_source": {code: word for word, code in reversed(words.AREA_SOURCES.items())},
}


@view_config(
    context=OwnerRegister,
    name="correct",
    renderer="skins:default/register_correction_form.pt",
    permission=Permission.REGISTER_CORRECT.value,
)
def correct(context: OwnerRegister, request: Any) -> Any:
    """Show and take an application: ``owners/correct/<unit code>``, or without for a new unit."""
    code = "/".join(request.subpath)
    unit = context.unit(code) if code else None
    if code and unit is None:
        raise HTTPNotFound
    if unit is not None and not request.is_fresh:
        # The form holds the owners' values in full.
        request.session.flash(["warning", "unit.again"])
        query = {"came_from": request.path_qs}
        return HTTPSeeOther(request.route_path("reauthenticate", _query=query))
    errors: list[tuple[Any, str | None]] = []
    if request.method == "POST":
        fixed = {} if unit is None else dict(zip(PLACE, unit.key, strict=True))
        lines = entered_lines(request.POST, fixed)
        try:
            item = _take(context, unit, lines, request)
        except PortalError as error:
            errors = _errors(context, lines, error, request)
            request.tm.doom()
            request.response.status_int = error.status
        else:
            request.session.flash(["success", "register.correction.submitted"])
            return HTTPSeeOther(request.resource_url(item))
    else:
        lines = _present(unit, request)
        if unit is not None:
            audit.record(request, "register.correct", context, unit=unit.code)
    return {
        "item": context,
        "unit": unit,
        "errors": errors,
        "fields": [_field(key, lines[0].get(key, "")) for key in UNIT_COLUMNS],
        "owners": [
            [_field(key, line.get(key, ""), number) for key in OWNER_COLUMNS]
            for number, line in enumerate(_with_spare(lines))
        ],
        "fixed": PLACE if unit is not None else (),
        "reason": request.POST.get("reason", ""),
        "buildings": [building.title for building in context.buildings.values()],
    }


def _take(context: OwnerRegister, unit: Any, lines: Lines, request: Any) -> Any:
    if "project" not in request.POST:
        clause = clause_of(context, request)
        raise PortalError("register.correction.project_needed", clause=clause, field="project")
    if unit is None:
        known = {one.key for one in context.units()}
        if tuple(lines[0].get(key, "") for key in PLACE) in known:
            raise PortalError("register.correction.exists", field="room-", status=409)
    upload = request.POST.get("upload")
    evidence = []
    if hasattr(upload, "file"):
        with upload.file as stream:
            evidence.append(files.store(stream, upload.filename, request))
    reason = request.POST.get("reason", "")
    return apply_for(context, unit, lines, request, reason=reason, evidence=evidence)


def _errors(
    context: OwnerRegister, lines: Lines, error: PortalError, request: Any
) -> list[tuple[Any, str | None]]:
    """Return what is wrong, the cells one by one, each with the field it stands in."""
    if error.message_id != "register.correction.refused":
        return [(i18n.of_error(error), error.field or None)]
    check, _plan = examine_lines(context, lines, request)
    translate = request.localizer.translate
    found = []
    for finding in check.findings:
        line = finding_line(finding)
        if line["severity"] == "refused":
            number = "" if finding.column in UNIT_COLUMNS else str(finding.row - 1)
            text = "：".join(
                part
                for part in (line["column"], translate(line["text"]), translate(line["advice"]))
                if part
            )
            found.append((text, f"{finding.column}-{number}" if finding.column else None))
    return found


def _field(key: str, value: str, number: int | None = None) -> dict[str, Any]:
    suffix = "" if number is None else str(number)
    return {
        "id": f"{key}-{suffix}",
        "name": key if number is None else f"{key}-{suffix}",
        "key": key,
        "label": BY_KEY[key].headings[0],
        "value": value,
        "required": BY_KEY[key].required and number in (None, 0),
        "options": list(WORDS[key].values()) if key in WORDS else (),
    }


def _with_spare(lines: Lines) -> Lines:
    owners = [line for line in lines if line.get("owner_name") or line.get("id_number")]
    return (owners + [{}] * SPARE_ROWS)[:MAX_OWNERS]


def _present(unit: Any, request: Any) -> Lines:
    """Return a unit of the register as the lines a form would enter."""
    if unit is None:
        return [{"building": request.GET.get("building", "")}]
    place = {
        "building": unit.building,
        "entrance": unit.entrance,
        "room": unit.room,
        "floor": "" if unit.floor is None else str(unit.floor),
        "use": WORDS["use"].get(unit.use, ""),
        "exclusive_area": format_area(unit.exclusive_area, grouping=False),
        "area_source": WORDS["area_source"].get(unit.area_source, ""),
        "note": unit.note,
    }
    owners = unit.owners(request.vault)
    return [place | _owner_cells(owner) for owner in owners] or [place]


def _owner_cells(owner: dict[str, Any]) -> dict[str, str]:
    percent = owner["share"] * 100
    share = format_percent(owner["share"])
    if percent.denominator not in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        share = str(owner["share"])
    day = owner["registered_on"]
    return {
        "owner_name": owner["name"],
        "id_kind": WORDS["id_kind"].get(owner["id_kind"], ""),
        "id_number": owner["id_number"],
        "share": share,
        "phone": owner["phone"],
        "registered_on": "" if day is None else day.isoformat(),
    }


@view_config(
    context=RegisterCorrection,
    renderer="skins:default/register_correction.pt",
    permission=Permission.VIEW.value,
)
def show_correction(context: RegisterCorrection, request: Any) -> dict[str, Any]:
    """Show what is now and what it should be, side by side, with the evidence."""
    register = context.__parent__
    unit = register.unit(context.unit_code) if context.unit_code else None
    after = context.lines(request)
    before = _present(unit, request) if unit is not None else [{}]
    # Both parties see the values in full, so every look is logged.
    audit.record(request, "register.correction_view", context)
    count = max(len(before), len(after))
    before += [{}] * (count - len(before))
    after += [{}] * (count - len(after))
    parts = [
        {
            "title": i18n.message("register.correction.unit"),
            "rows": _differences(UNIT_COLUMNS, before[0], after[0]),
        }
    ]
    parts += [
        {
            "title": i18n.message("register.correction.owner_number", number=number),
            "rows": _differences(OWNER_COLUMNS, old, new),
        }
        for number, (old, new) in enumerate(zip(before, after, strict=True), start=1)
    ]
    return {
        "item": context,
        "parts": parts,
        "actions": workflow.possible(context, request),
    }


def _differences(
    keys: tuple[str, ...], before: dict[str, str], after: dict[str, str]
) -> list[dict[str, Any]]:
    return [
        {
            "label": BY_KEY[key].headings[0],
            "before": before.get(key, ""),
            "after": after.get(key, ""),
            "changed": before.get(key, "") != after.get(key, ""),
        }
        for key in keys
    ]
