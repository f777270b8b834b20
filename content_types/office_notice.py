"""Notice of a department (部门公告): what a city or district tells everybody (SZ-9.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import colander
from deform.widget import TextAreaWidget

from content_types.office import Office
from portal import clock
from portal.content import ContentItem, content_type, oid
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.security import Permission
from portal.workflow import guard, on_transition


class OfficeNoticeSchema(FormSchema):
    """What an officer fills in."""

    title = Field(
        colander.String(),
        title=message("announcement.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    body = Field(
        colander.String(),
        title=message("office_notice.field.body"),
        widget=TextAreaWidget(rows=12),
        validator=colander.Length(max=20_000),
        data_class="public",
    )


@content_type(
    "office_notice",
    schema=OfficeNoticeSchema,
    template="skins:default/office_notice.pt",
    workflow="office_notice",
    addable_to=("office",),
    add_permission=Permission.OFFICE_NOTICE_ADD,
)
class OfficeNotice(ContentItem):
    """Stays readable for everybody once it was published, retracted or not."""

    title = ""
    body = ""
    published_at: datetime | None = None


@on_transition("office_notice.publish")
def note_publication(event: Any) -> None:
    """Note when it was published."""
    event.item.published_at = clock.now()


@guard("carries_no_change_in_force")
def carries_no_change_in_force(item: OfficeNotice, request: Any) -> bool:
    """A notice on which the present methods of identification rest stays up (SZ-9.5)."""
    newest = {one.profile_id: one.notice_oid for one in item.__parent__.method_changes}
    return oid(item) not in newest.values()


def notices_of(office: Office, *states: str) -> list[OfficeNotice]:
    """Return the notices of an office in some states, the newest first."""
    found = [
        one
        for one in office.values()
        if one.content_type_name == "office_notice" and one.workflow_state in states
    ]
    return sorted(found, key=lambda one: one.published_at or one.created_at, reverse=True)
