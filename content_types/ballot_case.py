"""Ballot case (选票疑义): a ballot that is doubted, the decision about it and who took it."""

from __future__ import annotations

from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal.content import ContentItem, content_type
from portal.forms import Field, FormSchema, choices, select
from portal.i18n import message
from portal.security import Permission

# What is wrong with the ballot, and the clause by which it then does not count.
KINDS = {"invalid": "EV-8.1.4", "duplicate": "EV-8.1.4", "conflict": "EV-8.6.2"}


class BallotCaseSchema(FormSchema):
    """What somebody doubts about the ballot of a unit; what it says is not part of it."""

    kind = Field(
        colander.String(),
        title=message("ballot_case.field.kind"),
        **select(choices((k, f"ballot_case.kind.{k}") for k in KINDS)),
        data_class="internal",
    )
    unit = Field(
        colander.String(),
        title=message("ballot_case.field.unit"),
        description=message("ballot_case.field.unit_help"),
        validator=colander.Length(max=80),
        data_class="internal",
    )
    text = Field(
        colander.String(),
        title=message("ballot_case.field.text"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=3000),
        data_class="internal",
    )


@content_type(
    "ballot_case",
    schema=BallotCaseSchema,
    template="skins:default/ballot_case.pt",
    workflow="ballot_case",
    addable_to=("meeting",),
    add_permission=Permission.BALLOT_CASE_ADD,
)
class BallotCase(ContentItem):
    """Lies in its meeting; opened by one person and decided by another."""

    kind = "invalid"
    unit = ""
    text = ""
    # The voting right whose ballot it is about.
    right = ""

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its number within the meeting."""
        return f"{self.__parent__.title} · {self.__name__}"

    @property
    def clause(self) -> str:
        """The clause by which such a ballot does not count."""
        return KINDS[self.kind]

    def search_text(self) -> str:
        """Return nothing: it names a unit and is found through its meeting."""
        return ""

    @property
    def decision(self) -> dict[str, Any] | None:
        """Who decided, when and why, or None while it is open."""
        return next(
            (e for e in self.history() if e.get("transition") in ("keep", "exclude")),
            None,
        )
