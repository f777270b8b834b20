"""The communities of the story (演示小区) as `places.yaml` describes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.rules.strict import read_yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """A community with its offices, its rules and the accounts that act for it.

    ``owners`` are units whose first holder has a password; their rights and those of the
    ``neighbours`` and ``strangers`` are left to whoever tries the demo. Strangers never register.
    """

    name: str
    title: str
    address: str
    profile: str
    register: str
    offices: list[tuple[str, str, str, str]]
    staff: list[tuple[str, str, str]]
    convenor: str
    street: str
    owners: list[str]
    neighbours: list[str]
    strangers: list[str]

    @property
    def spared(self) -> list[str]:
        """The units that the story leaves alone in votes that are open."""
        return self.owners + self.neighbours + self.strangers


PLACES = {
    name: Place(name, **({"neighbours": [], "strangers": []} | described))
    for name, described in read_yaml(FOLDER / "places.yaml").items()
}
HAITANG, RONGSHU = PLACES["haitang"], PLACES["rongshu"]
