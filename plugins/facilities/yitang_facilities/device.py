"""Device (设备): a registered facility that may send readings.

Its code names it in MQTT topics and on labels; it is unique in the whole site and never changes.
"""

import re
from datetime import datetime
from typing import Any

import colander
from deform.widget import SelectWidget

from portal import content
from portal.content import ContentFolder, content_type
from portal.errors import PortalError
from portal.events import Added, Edited, Removed, Transitioned
from portal.forms import Field, FormSchema
from portal.i18n import message
from yitang_facilities import kinds, registry
from yitang_facilities.facilities import community_of
from yitang_facilities.permissions import FacilityPermission

_CODE = re.compile(r"d-[0-9a-f]{16}")
WRITE_REGISTER = "facilities.write_register"


@colander.deferred
def kind_choices(_node: Any, bindings: dict[str, Any]) -> Any:
    """Offer the kinds in the language of the page."""
    language = bindings["request"].locale_name
    return SelectWidget(
        values=[
            (name, kinds.text(kind.title, language)) for name, kind in kinds.all_kinds().items()
        ]
    )


class DeviceSchema(FormSchema):
    """What is registered about a device."""

    title = Field(
        colander.String(),
        title=message("device.field.title"),
        validator=colander.Length(max=60),
        data_class="public",
    )
    kind = Field(
        colander.String(),
        title=message("device.field.kind"),
        validator=colander.OneOf(tuple(kinds.all_kinds())),
        widget=kind_choices,
        data_class="public",
    )
    place = Field(
        colander.String(),
        title=message("device.field.place"),
        description=message("device.field.place_help"),
        validator=colander.Length(max=80),
        data_class="public",
    )


@content_type(
    "device",
    schema=DeviceSchema,
    workflow="device",
    addable_to=("devices",),
    add_permission=FacilityPermission.DEVICE_ADD,
)
class Device(ContentFolder):
    """Holds its alarm rules; its readings are in the telemetry store."""

    title = ""
    kind = "lift"
    place = ""
    credential_issued_at: datetime | None = None

    @property
    def code(self) -> str:
        """The name of the device in topics and on labels."""
        return code_of(self.__oid__)

    @property
    def points(self) -> dict[str, kinds.Point]:
        """What the device measures."""
        return kinds.all_kinds()[self.kind].points

    @property
    def community_name(self) -> str:
        """The name of the community in topics and file names."""
        return str(community_of(self).__name__)

    def described(self) -> registry.Device:
        """Return what ingest has to know."""
        retired = self.workflow_state == registry.RETIRED
        return registry.Device(
            code=self.code,
            community=self.community_name,
            points=frozenset(self.points),
            rules=tuple(rule.described() for rule in self.values() if rule.enabled),
            condition=registry.RETIRED if retired else registry.ACTIVE,
        )


def code_of(oid: int) -> str:
    """Return the code of an object id, which is a signed number of 64 bits."""
    return f"d-{oid % 2**64:016x}"


def by_code(site: Any, code: str) -> Device | None:
    """Return the device with a code, or None."""
    if _CODE.fullmatch(code) is None:
        return None
    number = int(code.removeprefix("d-"), 16)
    item = content.by_oid(site, number if number < 2**63 else number - 2**64)
    return item if isinstance(item, Device) else None


def add_first_rules(event: Added) -> None:
    """Give a new device the rules its kind starts with."""
    if not isinstance(event.item, Device):
        return
    for name, entry in kinds.all_kinds()[event.item.kind].rules.items():
        values = {key: value for key, value in entry.items() if key != "title"}
        rule = content.create("alarm_rule", event.request, title=entry["title"]["zh_CN"], **values)
        content.add(event.item, rule, event.request, name=name)


def keep_kind(event: Edited) -> None:
    """Refuse another kind: points, rules and history belong to the old one."""
    if isinstance(event.item, Device) and "kind" in event.after:
        raise PortalError("device.kind_fixed", field="kind")


def promise_register(event: Added | Edited | Removed | Transitioned) -> None:
    """Have the register snapshot written after a device or a rule changed."""
    if event.item.content_type_name in ("device", "alarm_rule"):
        event.request.site.outbox.put(WRITE_REGISTER)
