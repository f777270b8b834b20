"""What an import says about a row (核对意见): rule, severity, masked value, advice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs; ``refused`` keeps the whole unit out."""

    REFUSED = "refused"
    WARNING = "warning"
    NORMALISED = "normalised"
    IGNORED = "ignored"


# Every rule with its weight. The texts are messages `register.finding.<rule>` and
# `register.advice.<rule>`.
RULES: dict[str, Severity] = {
    "row.empty": Severity.IGNORED,
    "row.total": Severity.IGNORED,
    "row.duplicate": Severity.REFUSED,
    "cell.required": Severity.REFUSED,
    "cell.too_long": Severity.REFUSED,
    "cell.normalised": Severity.NORMALISED,
    "project.differs": Severity.WARNING,
    "building.not_in_project": Severity.WARNING,
    "floor.unreadable": Severity.WARNING,
    "use.unknown": Severity.WARNING,
    "area.unreadable": Severity.REFUSED,
    "area.not_positive": Severity.REFUSED,
    "area.far_from_siblings": Severity.WARNING,
    "area_source.unknown": Severity.WARNING,
    "id_kind.unknown": Severity.REFUSED,
    "id_number.as_number": Severity.REFUSED,
    "id_number.form": Severity.REFUSED,
    "id_number.birth_date": Severity.REFUSED,
    "id_number.check_digit": Severity.REFUSED,
    "id_number.first_generation": Severity.WARNING,
    "id_number.other_name": Severity.WARNING,
    "ownership.unknown": Severity.WARNING,
    "ownership.second_sole_owner": Severity.REFUSED,
    "share.unreadable": Severity.REFUSED,
    "share.sum": Severity.REFUSED,
    "phone.form": Severity.REFUSED,
    "registered_on.unreadable": Severity.REFUSED,
    "registered_on.future": Severity.REFUSED,
    "unit.differs": Severity.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one cell, or on the whole row when ``column`` is empty.

    ``value`` is what the file says, masked where it is personal; ``values`` fill the
    placeholders of the message.
    """

    row: int
    column: str
    value: str
    rule: str
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def severity(self) -> Severity:
        """The weight of the rule."""
        return RULES[self.rule]

    @property
    def message_id(self) -> str:
        """The message that says what is wrong."""
        return f"register.finding.{self.rule}"

    @property
    def advice_id(self) -> str:
        """The message that says what to do."""
        return f"register.advice.{self.rule}"
