"""Alarm rule (告警规则): when a point of a device is in alarm; delays in whole seconds."""

import math
from typing import Any

import colander
from deform.widget import SelectWidget

from portal.content import ContentItem, content_type
from portal.events import Edited
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from yitang_facilities import kinds, rules
from yitang_facilities.permissions import FacilityPermission

LONGEST_DELAY = 24 * 3600
_OPERATORS = tuple((op, op) for op in rules.OPERATORS)


def finite(node: Any, value: float) -> None:
    """Refuse infinity and not-a-number, which compare with nothing."""
    if not math.isfinite(value):
        raise colander.Invalid(node, message("alarm_rule.number_wrong"))


@colander.deferred
def point_of_device(_node: Any, bindings: dict[str, Any]) -> Any:
    """Allow the points of the device that the rule belongs to."""
    return colander.OneOf(tuple(_device(bindings).points))


@colander.deferred
def point_choices(_node: Any, bindings: dict[str, Any]) -> Any:
    """Offer the points of the device that the rule belongs to."""
    language = bindings["request"].locale_name
    points = _device(bindings).points
    return SelectWidget(
        values=[(name, kinds.text(point.title, language)) for name, point in points.items()]
    )


def _device(bindings: dict[str, Any]) -> Any:
    context = bindings["request"].context
    return context if context.content_type_name == "device" else context.__parent__


class AlarmRuleSchema(FormSchema):
    """What an engineer decides about an alarm."""

    title = Field(
        colander.String(),
        title=message("alarm_rule.field.title"),
        validator=colander.Length(max=60),
        data_class="public",
    )
    kind = Field(
        colander.String(),
        title=message("alarm_rule.field.kind"),
        **select(
            choices((kind, f"alarm_rule.kind.{kind}") for kind in (rules.THRESHOLD, rules.NO_DATA))
        ),
        default=rules.THRESHOLD,
        data_class="public",
    )
    point = Field(
        colander.String(),
        title=message("alarm_rule.field.point"),
        validator=point_of_device,
        widget=point_choices,
        data_class="public",
    )
    op = Field(
        colander.String(),
        title=message("alarm_rule.field.op"),
        validator=colander.OneOf(tuple(rules.OPERATORS)),
        widget=SelectWidget(values=_OPERATORS),
        default=">",
        data_class="public",
    )
    limit = Field(
        colander.Float(),
        title=message("alarm_rule.field.limit"),
        validator=finite,
        default=0.0,
        data_class="public",
    )
    dead_band = Field(
        colander.Float(),
        title=message("alarm_rule.field.dead_band"),
        description=message("alarm_rule.field.dead_band_help"),
        validator=colander.All(finite, colander.Range(min=0)),
        missing=0.0,
        default=0.0,
        data_class="public",
    )
    clear_op = Field(
        colander.String(),
        title=message("alarm_rule.field.clear_op"),
        description=message("alarm_rule.field.clear_op_help"),
        validator=colander.OneOf(tuple(rules.OPERATORS)),
        widget=SelectWidget(values=(("", "-"), *_OPERATORS)),
        missing=None,
        data_class="public",
    )
    clear_limit = Field(
        colander.Float(),
        title=message("alarm_rule.field.clear_limit"),
        validator=finite,
        missing=None,
        data_class="public",
    )
    on_delay = Field(
        colander.Integer(),
        title=message("alarm_rule.field.on_delay"),
        validator=colander.Range(0, LONGEST_DELAY),
        default=10,
        data_class="public",
    )
    off_delay = Field(
        colander.Integer(),
        title=message("alarm_rule.field.off_delay"),
        validator=colander.Range(0, LONGEST_DELAY),
        default=30,
        data_class="public",
    )
    severity = Field(
        colander.String(),
        title=message("alarm_rule.field.severity"),
        **select(choices((name, f"severity.{name}") for name in rules.SEVERITIES)),
        default="major",
        data_class="public",
    )
    enabled = Field(
        colander.Boolean(),
        title=message("alarm_rule.field.enabled"),
        missing=False,
        default=True,
        data_class="public",
    )

    def validator(self, node: Any, values: dict[str, Any]) -> None:
        """Refuse a clear condition with one half missing, and silence without a time."""
        if (values["clear_op"] is None) != (values["clear_limit"] is None):
            invalid = colander.Invalid(node)
            half = "clear_limit" if values["clear_limit"] is None else "clear_op"
            invalid[half] = message("alarm_rule.clear_incomplete")
            raise invalid
        if values["kind"] == rules.NO_DATA and values["on_delay"] == 0:
            invalid = colander.Invalid(node)
            invalid["on_delay"] = message("alarm_rule.silence_needs_time")
            raise invalid


@content_type(
    "alarm_rule",
    schema=AlarmRuleSchema,
    addable_to=("device",),
    add_permission=FacilityPermission.RULE_ADD,
    catalogued=False,
)
class AlarmRule(ContentItem):
    """An alarm keeps the version of the rule that raised it."""

    title = ""
    kind = rules.THRESHOLD
    point = ""
    op = ">"
    limit = 0.0
    dead_band = 0.0
    clear_op: str | None = None
    clear_limit: float | None = None
    on_delay = 0
    off_delay = 0
    severity = "major"
    enabled = True
    version = 1

    def described(self) -> rules.Rule:
        """Return the pure rule that ingest applies."""
        return rules.Rule(
            device=self.__parent__.code,
            rule=self.__name__,
            point=self.point,
            kind=self.kind,
            op=self.op,
            limit=float(self.limit),
            dead_band=float(self.dead_band),
            clear_op=self.clear_op,
            clear_limit=None if self.clear_limit is None else float(self.clear_limit),
            on_delay=self.on_delay * 1000,
            off_delay=self.off_delay * 1000,
            severity=self.severity,
            version=self.version,
        )


def count_version(event: Edited) -> None:
    """Number the versions of a rule."""
    if isinstance(event.item, AlarmRule):
        event.item.version += 1
