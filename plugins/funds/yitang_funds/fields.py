"""Form fields of the fund (表单字段): amounts in 元 and lines of text."""

from typing import Any

import colander

from portal.i18n import message
from portal.rules.errors import RuleError
from portal.rules.money import format_amount, parse_amount


class Amount(colander.SchemaType):
    """An amount entered in 元 with at most two places, kept as integer 分."""

    def deserialize(self, node: colander.SchemaNode, cstruct: Any) -> Any:
        """Return the 分 of the text; never passes through a binary fraction."""
        if cstruct is colander.null or cstruct == "":
            return colander.null
        try:
            return parse_amount(str(cstruct))
        except RuleError as error:
            raise colander.Invalid(node, message(error.message_id, **error.values)) from None

    def serialize(self, node: colander.SchemaNode, appstruct: Any) -> Any:
        """Return the text of an amount."""
        return (
            colander.null
            if appstruct is colander.null
            else format_amount(appstruct, grouping=False)
        )


class Lines(colander.String):
    """Several short texts, one per line, kept as a tuple."""

    def deserialize(self, node: colander.SchemaNode, cstruct: Any) -> Any:
        """Return the lines that are not empty."""
        text = super().deserialize(node, cstruct)
        if text is colander.null:
            return text
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def serialize(self, node: colander.SchemaNode, appstruct: Any) -> Any:
        """Return the lines as one text."""
        if appstruct is colander.null:
            return appstruct
        return super().serialize(node, "\n".join(appstruct))
