"""Register of owners (业主名册): who holds which unit, how it came about, what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from BTrees.IOBTree import IOBTree
from BTrees.OOBTree import OOBTree

from content_types.owner_register import command, removal
from content_types.owner_register.plan import Totals
from portal import content
from portal.content import ContentFolder, content_type
from portal.events import Added, Removed
from portal.rules import heads
from portal.security import Permission, Role

PLACE = "owners"


@content_type("owner_register", catalogued=False)
class OwnerRegister(ContentFolder):
    """Stands beside the buildings of its community; its children are the imports.

    People are keyed tokens of their documents; the sealed values lie with the units.
    """

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: (Role.STREET_OFFICER, Role.RESIDENTS_COMMITTEE, Role.CONVENOR),
        Permission.EDIT: (),
        Permission.DELETE: (),
    }

    section_name = "owner_register"
    title = "业主名册"
    # Counts every change, so that an import knows whether its preview still holds.
    revision = 0
    totals = Totals(0, 0, 0, 0, 0, 0)
    on_site: Any = None  # checks of identity on site by id, made when the first one comes
    acting: Any = None  # who acts for owners, made when the first one does

    def __init__(self) -> None:
        super().__init__()
        self.by_token = OOBTree()  # person, phone and name tokens → unit codes
        self.ownership_events = IOBTree()

    @property
    def community(self) -> Any:
        """The community this register belongs to."""
        return self.__parent__

    @property
    def buildings(self) -> Any:
        """The place of the buildings."""
        return self.__parent__["buildings"]

    def units(self) -> Iterator[Any]:
        """Yield every unit of the community."""
        for building in self.buildings.values():
            yield from building.units()

    def unit(self, code: str) -> Any:
        """Return the unit of a code such as ``b1/1-101``, or None."""
        building, _, name = code.partition("/")
        try:
            return self.buildings[building][name]
        except KeyError:
            return None

    def known_units(self, codes: Iterable[str]) -> list[Any]:
        """Return the units of some codes; what is gone is left out."""
        return [unit for unit in map(self.unit, codes) if unit is not None]

    def labels(self, codes: Iterable[str]) -> str:
        """Return the units of some codes as people say them."""
        return "、".join(unit.label for unit in self.known_units(codes))

    def rows(self) -> list[heads.UnitRow]:
        """Return what the count of owners needs of every unit (SZ-7.2)."""
        return [unit.row for unit in self.units()]

    def units_of(self, person: str) -> list[Any]:
        """Return the units a person holds, by the token of his document."""
        return self.known_units(self.by_token.get(f"person:{person}", ()))

    def units_left_by(self, person: str) -> list[Any]:
        """Return the units a person held before their title changed."""
        left = {
            event["unit"]
            for event in self.ownership_events.values()
            if any(holder == person for holder, _ in event["before"])
        }
        return [one for one in self.known_units(sorted(left)) if one.holder(person) is None]

    def events_of(self, code: str) -> list[dict[str, Any]]:
        """Return the ownership events of a unit, newest first."""
        return [e for e in reversed(self.ownership_events.values()) if e["unit"] == code]

    def import_file(
        self, request: Any, data: bytes, filename: str, *, only_good: bool, check_only: bool
    ) -> command.Report:
        """Import a file for the operator's command; see ``command.import_file``."""
        return command.import_file(
            self, request, data, filename, only_good=only_good, check_only=check_only
        )


def create_register(event: Added) -> None:
    """Give a new community its register of owners."""
    community = event.item
    if community.content_type_name == "community" and PLACE not in community:
        register = content.create("owner_register", event.request)
        content.add(community, register, event.request, name=PLACE)


def leave_register(event: Removed) -> None:
    """Take a building that is removed out of the register; refused once a meeting runs."""
    if event.item.content_type_name == "building":
        removal.leave(event.item, event.request, event.actor)


def includeme(config: Any) -> None:
    """Register the subscribers and the face service that identity may ask."""
    config.include("portal.faces")
    config.add_subscriber(create_register, Added)
    config.add_subscriber(leave_register, Removed)
