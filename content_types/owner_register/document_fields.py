"""The fields that name a person and an identity document, the same on every form that asks."""

from __future__ import annotations

import colander
from deform.widget import TextInputWidget

from content_types.owner_register import identity
from portal.forms import Field, choices, select
from portal.i18n import message


def name_field(
    title: str = "identity.field.name", help_text: str = "", *, autocomplete: str = "off"
) -> Field:
    """Return the name of a person; ``autocomplete`` is ``name`` where people enter their own."""
    return Field(
        colander.String(),
        title=message(title),
        description=message(help_text) if help_text else "",
        validator=colander.Length(max=80),
        widget=TextInputWidget(attributes={"autocomplete": autocomplete}),
        data_class="personal",
    )


def phone_field(title: str) -> Field:
    """Return the mobile number of another person; the help is the title's with ``_help``."""
    return Field(
        colander.String(),
        title=message(title),
        description=message(f"{title}_help"),
        validator=colander.Length(max=30),
        widget=TextInputWidget(attributes={"inputmode": "tel", "autocomplete": "off"}),
        data_class="personal",
    )


def id_kind_field() -> Field:
    """Return the choice of the kind of document."""
    return Field(
        colander.String(),
        title=message("identity.field.id_kind"),
        **select(choices((k, f"unit.id_kind.{k}") for k in identity.KINDS)),
        data_class="personal",
    )


def id_number_field() -> Field:
    """Return the number of the document."""
    return Field(
        colander.String(),
        title=message("identity.field.id_number"),
        validator=colander.Length(max=40),
        widget=TextInputWidget(attributes={"autocomplete": "off", "spellcheck": "false"}),
        data_class="sensitive",
    )
