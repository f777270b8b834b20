"""Motion (议题、表决事项): one question put to the vote of a meeting."""

from __future__ import annotations

from typing import Any, get_args

import colander
from deform.widget import SelectWidget, TextAreaWidget

from portal.content import ContentItem, content_type
from portal.files import FileHolder
from portal.forms import Amount, Field, FormSchema, Lines, choices, chosen_from
from portal.i18n import message
from portal.law import rules_at
from portal.rules.tally import ABSTAIN, AGAINST, FOR, Mode, MotionSpec
from portal.security import Permission

MODES = get_args(Mode)
YES_NO = (FOR, AGAINST, ABSTAIN)


def matters_here(request: Any) -> list[tuple[str, str]]:
    """Return the kinds of motion of the place, with their message ids."""
    matters = rules_at(request.context, request.registry).matters
    return [(one.id, f"matter.{one.id}") for one in matters]


def items_here(request: Any) -> list[tuple[str, str]]:
    """Return the statutory items among which a joint kind of motion chooses (BJ-GQ7)."""
    matters = rules_at(request.context, request.registry).matters
    joint = [item for one in matters if len(one.statutory) > 1 for item in one.statutory]
    return [("", "motion.item.none"), *((item, f"matter.{item}") for item in joint)]


def advisory_here(request: Any) -> list[tuple[str, str]]:
    """Return the counting rules for matters without legal effect (EV-6.3.3)."""
    rules = rules_at(request.context, request.registry).advisory_rules
    return [("", "motion.item.none"), *((one.id, f"law.rule.{one.id}") for one in rules)]


class MotionSchema(FormSchema):
    """What a convenor enters about a motion."""

    def after_bind(self, node: colander.SchemaNode, kw: dict[str, Any]) -> None:
        """Ask only what the place leaves open: the item of a joint kind, the rule of a poll."""
        for name, choices_of in (("item", items_here), ("advisory", advisory_here)):
            if len(choices_of(kw["request"])) == 1:
                del node[name]

    def validator(self, node: colander.SchemaNode, values: dict[str, Any]) -> None:
        """Refuse what does not fit together: item, counting rule, options and their notes."""
        error = colander.Invalid(node)
        request = node.bindings["request"]
        rules = rules_at(request.context, request.registry)
        statutory = rules.matter(values["matter"]).statutory
        if "item" in values and len(statutory) < 2:
            values["item"] = ""
        elif "item" in values and values["item"] not in statutory:
            error["item"] = message("motion.item_needed")
        if "advisory" in values and statutory:
            values["advisory"] = ""
        elif "advisory" in values and not values["advisory"]:
            error["advisory"] = message("motion.advisory_needed")
        if len(set(values["options"])) < len(values["options"]):
            error["options"] = message("rules.motion.option_twice")  # EV-6.7.2
        notes, options = values["option_notes"], values["options"] or YES_NO
        if notes and len(notes) != len(options):
            error["option_notes"] = message("motion.notes_differ", options=len(options))
        if error.children:
            raise error

    title = Field(
        colander.String(),
        title=message("motion.field.title"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    matter = Field(
        colander.String(),
        title=message("motion.field.matter"),
        data_class="public",
        **chosen_from(matters_here),
    )
    item = Field(
        colander.String(),
        title=message("motion.field.item"),
        description=message("motion.field.item_help"),
        missing="",
        data_class="public",
        **chosen_from(items_here),
    )
    advisory = Field(
        colander.String(),
        title=message("motion.field.advisory"),
        description=message("motion.field.advisory_help"),
        missing="",
        data_class="public",
        **chosen_from(advisory_here),
    )
    description = Field(
        colander.String(),
        title=message("motion.field.description"),
        widget=TextAreaWidget(rows=8),
        validator=colander.Length(max=20_000),
        data_class="public",
    )
    mode = Field(
        colander.String(),
        title=message("motion.field.mode"),
        validator=colander.OneOf(MODES),
        widget=SelectWidget(values=choices((m, f"motion.mode.{m}") for m in MODES)),
        data_class="public",
    )
    options = Field(
        Lines(),
        title=message("motion.field.options"),
        description=message("motion.field.options_help"),
        widget=TextAreaWidget(rows=6),
        missing=(),
        data_class="public",
    )
    option_notes = Field(
        Lines(),
        title=message("motion.field.option_notes"),
        description=message("motion.field.option_notes_help"),
        widget=TextAreaWidget(rows=6),
        missing=(),
        data_class="public",
    )
    max_marks = Field(
        colander.Integer(),
        title=message("motion.field.max_marks"),
        validator=colander.Range(1, 100),
        missing=1,
        data_class="public",
    )
    seats = Field(
        colander.Integer(),
        title=message("motion.field.seats"),
        validator=colander.Range(0, 100),
        missing=0,
        data_class="public",
    )
    amount_fen = Field(
        Amount(),
        title=message("motion.field.amount_fen"),
        validator=colander.Range(0, 10**12),
        missing=0,
        data_class="public",
    )
    scope_units = Field(
        Lines(),
        title=message("motion.field.scope_units"),
        widget=TextAreaWidget(rows=3),
        missing=(),
        data_class="public",
    )


@content_type(
    "motion",
    schema=MotionSchema,
    addable_to=("meeting",),
    add_permission=Permission.MOTION_ADD,
)
class Motion(FileHolder, ContentItem):
    """Belongs to its meeting: what may be done to it follows from the meeting's state."""

    title = ""
    matter = ""
    # The statutory item, where the kind of motion joins several; it decides the majority.
    item = ""
    # The counting rule of a motion without legal effect, by which nothing statutory is decided.
    advisory = ""
    description = ""
    mode = "single"
    # Labels of the options; empty means for, against, abstain. An election lists its candidates.
    options: tuple[str, ...] = ()
    # What is said about each option, in the same order; empty when nothing is.
    option_notes: tuple[str, ...] = ()
    max_marks = 1
    seats = 0
    # For a use of the maintenance fund: the ceiling in 分 and the units that bear the cost.
    amount_fen = 0
    scope_units: tuple[str, ...] = ()

    @property
    def is_election(self) -> bool:
        """Whether candidates are elected to seats."""
        return self.mode in ("competitive", "equal")

    def option_keys(self) -> tuple[str, ...]:
        """Return the values a ballot may hold: for, against, abstain, or o1, o2 and so on."""
        if not self.options:
            return YES_NO
        return tuple(f"o{number}" for number in range(1, len(self.options) + 1))

    def labels(self, request: Any) -> dict[str, str]:
        """Return the values a ballot may hold with what a voter reads for each, in order."""
        say = request.localizer.translate
        labels = self.options or [say(message(f"choice.{key}")) for key in YES_NO]
        return dict(zip(self.option_keys(), labels, strict=True))

    def notes(self) -> tuple[str, ...]:
        """Return what is said about each option, in order."""
        return self.option_notes or ("",) * len(self.option_keys())

    def explanation(self) -> dict[str, Any]:
        """Return the texts that explain the motion (EV-6.5.2)."""
        return {"description": self.description, "notes": list(self.option_notes)}

    def spec(self) -> MotionSpec:
        """Return what the count needs to know."""
        most = 1 if self.mode == "single" else self.max_marks
        return MotionSpec(self.__name__, self.mode, self.option_keys(), most)
