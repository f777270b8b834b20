"""Those who act for owners (代表与代理): a chosen co-owner, an organisation's agent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from content_types.sealed_pictures import PictureHolder
from portal.content import ContentItem, content_type
from portal.rules import vote_events as events
from portal.security import Permission

LETTER_PURPOSE = "agent-letter"
_CLOSED: dict[str, tuple[str, ...]] = {Permission.EDIT: (), Permission.DELETE: ()}


@content_type("coowner_choice", workflow="coowner_choice")
class CoownerChoice(PictureHolder, ContentItem):
    """The co-owners of a unit choose one of them to vote for it (SZ-21.1); lies in the register.

    ``addressee`` are the accounts of the other co-owners; persons are tokens of the register.
    """

    access = _CLOSED

    title = ""
    addressee: tuple[str, ...] = ()
    unit_code = ""
    person = ""
    group: tuple[str, ...] = ()  # the owners whose consent it needs, as registered that day
    consents: tuple[tuple[str, datetime], ...] = ()
    chosen_at: datetime | None = None
    ended_at: datetime | None = None

    def waits_for(self, account: Any) -> bool:
        """Say whether an account is asked for its consent."""
        return all(person != account.subject_token for person, _ in self.consents)

    def search_text(self) -> str:
        """Return nothing: it is found by its parties, not by full text."""
        return ""


@content_type("agent_letter", workflow="agent_letter")
class AgentLetter(PictureHolder, ContentItem):
    """An organisation lets a person vote for all its units (SZ-31); lies in the register."""

    access = _CLOSED

    title = ""
    organisation = ""  # token of its document
    person = ""  # token of the agent, known once the papers were checked
    sealed_values = b""
    until: datetime | None = None
    approved_at: datetime | None = None
    ended_at: datetime | None = None

    def values(self, vault: Any) -> dict[str, str]:
        """Return what was entered; only for the agent and those who check the papers."""
        return dict(json.loads(vault.open(self.sealed_values, f"{LETTER_PURPOSE}:{self.__name__}")))

    def search_text(self) -> str:
        """Return nothing: it is found by its parties, not by full text."""
        return ""


class ActingBook(Persistent):
    """Which choices and letters there are in a register, by unit, organisation and agent."""

    def __init__(self) -> None:
        self.by_unit = OOBTree()
        self.by_organisation = OOBTree()
        self.by_agent = OOBTree()


def book_of(register: Any) -> ActingBook:
    """Return the book of a register, made when the first entry comes."""
    if register.acting is None:
        register.acting = ActingBook()
    return register.acting


def enter(tree: Any, key: str, name: str) -> None:
    """Note an object under a key."""
    if name not in tree.get(key, ()):
        tree[key] = (*tree.get(key, ()), name)


def choices_for(register: Any, code: str) -> list[Any]:
    """Return the choices of the co-owners of a unit, oldest first."""
    book = register.acting
    return [] if book is None else [register[name] for name in book.by_unit.get(code, ())]


def letters_of(register: Any, agent: str) -> list[Any]:
    """Return the approved letters of an agent, ended ones too."""
    book = register.acting
    if book is None or not agent:
        return []
    return [register[name] for name in book.by_agent.get(agent, ())]


def letters_for(register: Any, organisation: str) -> list[Any]:
    """Return the approved letters of an organisation, ended ones too."""
    book = register.acting
    if book is None:
        return []
    return [register[name] for name in book.by_organisation.get(organisation, ())]


def vote_events(
    register: Any, codes: Iterable[str], owners: Iterable[str]
) -> Iterator[events.VoteEvent]:
    """Yield what choices and letters mean for the right to vote, as dated events."""
    book = register.acting
    if book is None:
        return
    for code in codes:
        for one in choices_for(register, code):
            if one.chosen_at is not None:
                yield events.RepresentativeChosen(one.chosen_at, code, one.person)
                if one.ended_at is not None:
                    yield events.RepresentativeEnded(one.ended_at, code, one.person)
    for owner in owners:
        letters = letters_for(register, owner)
        for one in letters:
            yield events.AgentAuthorised(one.approved_at, owner, one.person, one.until)
            if one.ended_at is not None:
                left = beside(one, letters, one.ended_at)
                if left is None:
                    yield events.AgentEnded(one.ended_at, owner, one.person)
                else:
                    yield events.AgentAuthorised(one.ended_at, owner, one.person, left.until)


def beside(letter: Any, letters: Iterable[Any], at: datetime) -> Any:
    """Return the newest other letter of the same agent that was approved and not ended, or None."""
    left = [
        one
        for one in letters
        if one is not letter
        and one.person == letter.person
        and one.approved_at <= at
        and (one.ended_at is None or one.ended_at > at)
    ]
    return max(left, key=lambda one: one.approved_at, default=None)
