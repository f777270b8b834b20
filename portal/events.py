"""Facts that subscribers react to, sent inside the transaction (事件)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Added:
    """A content object was added to its container."""

    item: Any
    actor: str
    request: Any


@dataclass(frozen=True, slots=True)
class Edited:
    """Fields of a content object were changed; ``before`` and ``after`` hold only these."""

    item: Any
    actor: str
    request: Any
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Removed:
    """A content object is about to leave its container."""

    item: Any
    actor: str
    request: Any


@dataclass(frozen=True, slots=True)
class Transitioned:
    """A content object took one step of its workflow."""

    item: Any
    actor: str
    request: Any
    transition: str
    from_state: str
    to_state: str
    comment: str
