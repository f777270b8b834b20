"""What can go wrong, told apart by who has to act (错误)."""

from __future__ import annotations

from typing import Any

from portal.rules.errors import RuleError


class ConfigurationError(Exception):
    """A mistake of a developer or operator; start-up stops with this message."""


class PortalError(Exception):
    """A mistake of a user: names the message, the rule's clause and the field.

    ``message_id`` is a dotted id of the message catalogue; ``values`` fill its placeholders.
    ``status`` is the HTTP status of the page that shows it.
    """

    status = 422

    def __init__(
        self,
        message_id: str,
        *,
        clause: str = "",
        field: str = "",
        status: int | None = None,
        **values: Any,
    ) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.clause = clause
        self.field = field
        self.values = values
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        tail = f" [{self.clause}]" if self.clause else ""
        return f"{self.message_id}{tail} {self.values or ''}".rstrip()


class Forbidden(PortalError):
    """The person may not do this here."""

    status = 403


class NotFoundError(PortalError):
    """There is no such thing, or the person may not know of it."""

    status = 404


# What a form or a job may catch to tell the person; everything else is a defect.
USER_ERRORS = (PortalError, RuleError)
