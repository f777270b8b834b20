"""Unit (户): a separately owned part of a building, with its registered owners (业主)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from portal import clock
from portal.content import ContentItem, content_type
from portal.rules import heads, masking
from portal.security import Permission, Role
from portal.vault import Vault

# The states of the building table (BJ-G3.2), also said in words.
NO_OWNER_DATA, OWNER_DATA, AUTHENTICATED = "no_owner_data", "owner_data", "authenticated"
PERSON = "person"


def person_token(vault: Vault, id_number: str) -> str:
    """Return what tells one person from another in registers, without naming him."""
    return vault.token(id_number, PERSON)


class Holder(NamedTuple):
    """One registered owner of a unit: the person as a token, personal values sealed."""

    person: str
    id_kind: str
    sealed_name: bytes
    sealed_id_number: bytes
    sealed_phone: bytes
    share: Fraction
    registered_on: date | None


class Binding(NamedTuple):
    """An account that proved to be a holder of the unit (房屋绑定)."""

    account_id: str
    person: str
    bound_at: datetime


@content_type("unit", catalogued=False)
class Unit(ContentItem):
    """A leaf with an address but without any folder machinery; kept in its building's tree.

    ``exclusive_area`` is in 0.01 m² and carries its source (CN-I8); ``code`` never changes.
    """

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: (
            Role.STREET_OFFICER,
            Role.RESIDENTS_COMMITTEE,
            Role.CONVENOR,
            Role.SCRUTINEER,
            Role.OWNER,
        ),
        # Data change outside register and correction is closed to everybody (BJ-G4.1).
        Permission.EDIT: (),
        Permission.DELETE: (),
    }

    __name__ = ""
    __parent__: Any = None
    entrance = ""
    room = ""
    floor: int | None = None
    use = ""
    exclusive_area = 0
    area_source = "unknown"
    unsold = False
    note = ""
    holders: tuple[Holder, ...] = ()
    bindings: tuple[Binding, ...] = ()
    area_checked_at: datetime | None = None
    area_checked_by = ""

    @property
    def code(self) -> str:
        """Building and unit as in the address, for example ``b1/1-101``."""
        return f"{self.__parent__.__name__}/{self.__name__}"

    @property
    def building(self) -> str:
        """The name of the building."""
        return str(self.__parent__.title)

    @property
    def key(self) -> tuple[str, str, str]:
        """Building, entrance and room: what a sheet knows the unit by."""
        return self.building, self.entrance, self.room

    @property
    def label(self) -> str:
        """Building, entrance and room as people say it."""
        return f"{self.building}{self.entrance}{self.room}"

    @property
    def owner_group(self) -> str:
        """The key of the owner or group of co-owners; a unit without any is its own group."""
        people = [holder.person for holder in self.holders]
        return heads.owner_group(people or [f"unit:{self.code}"])

    @property
    def row(self) -> heads.UnitRow:
        """What the count of owners needs."""
        return heads.UnitRow(
            self.code, self.exclusive_area, self.owner_group, self.use, self.unsold
        )

    @property
    def register_state(self) -> str:
        """no_owner_data, owner_data or authenticated (BJ-G3.2)."""
        if any(self.holder(binding.person) for binding in self.bindings):
            return AUTHENTICATED
        return OWNER_DATA if self.holders else NO_OWNER_DATA

    def holder(self, person: str) -> Holder | None:
        """Return the holder with a person token, or None."""
        return next((holder for holder in self.holders if holder.person == person), None)

    def bind(self, account_id: str, person: str) -> None:
        """Note that an account is a holder of this unit; binding twice changes nothing."""
        if not any(b.account_id == account_id and b.person == person for b in self.bindings):
            self.bindings = (*self.bindings, Binding(account_id, person, clock.now()))

    def unbind(self, account_id: str) -> None:
        """Take the binding of an account away."""
        self.bindings = tuple(b for b in self.bindings if b.account_id != account_id)

    def stale_bindings(self) -> tuple[Binding, ...]:
        """Return the bindings of people who hold the unit no longer (SZ-13)."""
        return tuple(b for b in self.bindings if self.holder(b.person) is None)

    def write(
        self, vault: Vault, fields: Mapping[str, Any], owners: Iterable[Mapping[str, Any]]
    ) -> None:
        """Set the register's fields and seal its owners; the unit must have its place."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.holders = tuple(self._sealed(vault, owner) for owner in owners)

    def _sealed(self, vault: Vault, owner: Mapping[str, Any]) -> Holder:
        phone = owner["phone"]
        return Holder(
            person=person_token(vault, owner["id_number"]),
            id_kind=owner["id_kind"],
            sealed_name=vault.seal(owner["name"], self._purpose("name")),
            sealed_id_number=vault.seal(owner["id_number"], self._purpose("id_number")),
            sealed_phone=vault.seal(phone, self._purpose("phone")) if phone else b"",
            share=owner["share"],
            registered_on=owner["registered_on"],
        )

    def owners(self, vault: Vault) -> list[dict[str, Any]]:
        """Open the owners' values; whoever shows them masks them or logs why not."""
        return [
            {
                "name": vault.open(holder.sealed_name, self._purpose("name")),
                "id_kind": holder.id_kind,
                "id_number": vault.open(holder.sealed_id_number, self._purpose("id_number")),
                "share": holder.share,
                "phone": vault.open(holder.sealed_phone, self._purpose("phone")),
                "registered_on": holder.registered_on,
            }
            for holder in self.holders
        ]

    def masked_owners(self, vault: Vault, *, public: bool = False) -> list[dict[str, Any]]:
        """Return the owners as who works with the register sees them, or as neighbours do."""
        return [_masked(owner, public=public) for owner in self.owners(vault)]

    def holder_name(self, vault: Vault, person: str) -> str:
        """Return the name of one holder, or an empty string."""
        holder = self.holder(person)
        return "" if holder is None else vault.open(holder.sealed_name, self._purpose("name"))

    def holder_phone(self, vault: Vault, person: str) -> str:
        """Return the phone of one holder, or an empty string."""
        holder = self.holder(person)
        return "" if holder is None else vault.open(holder.sealed_phone, self._purpose("phone"))

    def _purpose(self, field: str) -> str:
        # Bound to the place, so that a sealed value cannot be moved to another unit unseen.
        return f"unit:{self.code}:{field}"


def _masked(owner: dict[str, Any], *, public: bool) -> dict[str, Any]:
    name, number = owner["name"], owner["id_number"]
    # The name of an organisation is public; its document is not a person's either.
    organisation = owner["id_kind"] == "credit_code"
    if organisation:
        masked = masking.mask_document(number)
    elif public:
        # The last digits of a document are what hotlines ask for: no neighbour needs them.
        masked = number[:2] + masking.STAR * (len(number) - 2)
    else:
        masked = masking.mask_resident_id(number)
    return owner | {
        "name": name if organisation else masking.mask_name(name),
        "id_number": masked,
        "phone": "" if public else masking.mask_phone(owner["phone"]),
    }
