"""The meetings of the story (剧本) as `plans.yaml` describes them: where, when and what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from content_types.story.places import FOLDER, PLACES, Place
from portal.rules.strict import read_yaml


@dataclass(frozen=True)
class Plan:
    """When a meeting of the story takes its steps, in days from now; None is not yet."""

    title: str
    place: Place
    entered: int
    opens: int
    closes: int
    motions: list[dict[str, Any]]
    approved: int | None = None
    noticed: int | None = None
    published: int | None = None
    filed: int | None = None
    # The share of the rights that is used at the end.
    turnout: float = 0.0
    # What the street office wrote when it sent the meeting back to be mended.
    returned: str = ""
    trustees: bool = False
    method: str = "electronic"
    secret: bool = False
    # The day on which neighbours appoint a proxy.
    proxies: int | None = None


def plans() -> list[Plan]:
    """Return the meetings of the story, oldest first."""
    meetings = read_yaml(FOLDER / "plans.yaml")["meetings"]
    return [Plan(**one | {"place": PLACES[one["place"]]}) for one in meetings]
