"""The fields that name an identity document, the same on every form that asks for one."""

from __future__ import annotations

import colander
from deform.widget import SelectWidget, TextInputWidget

from content_types.owner_register import identity
from portal.forms import Field, choices
from portal.i18n import message


def id_kind_field() -> Field:
    """Return the choice of the kind of document."""
    return Field(
        colander.String(),
        title=message("identity.field.id_kind"),
        validator=colander.OneOf(identity.KINDS),
        widget=SelectWidget(values=choices((k, f"unit.id_kind.{k}") for k in identity.KINDS)),
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
