"""Workflow steps through the interface (办理), under the rules of the buttons of the pages."""

from __future__ import annotations

from typing import Any

from portal import workflow
from portal.api.schema import Schema, one_of, record, text
from portal.errors import Forbidden, NotFoundError
from portal.security import Permission, permits

LONGEST_COMMENT = 500


def body_of(*names: str) -> Schema:
    """Return the body that takes one of these steps, with a comment where it is asked for."""
    fields = {"step": one_of(names), "comment": text(LONGEST_COMMENT)}
    return record(fields, optional=("comment",))


def take(item: Any, given: dict[str, Any], request: Any) -> None:
    """Take a step; raises Forbidden, PortalError or RuleError as the page does."""
    workflow.transition(item, given["step"], request, given.get("comment", ""))


def possible(item: Any, request: Any) -> list[str]:
    """Return the steps the caller can take now."""
    found = workflow.possible(item, request)
    return [one.name for one in found if workflow.obstacle(item, one, request) is None]


def part_of(holder: Any, name: str, type_name: str, request: Any) -> Any:
    """Return an object of a holder; NotFoundError alike for what is missing and what is hidden."""
    item = holder.get(name)
    if getattr(item, "content_type_name", "") != type_name or not permits(
        item, Permission.VIEW, request.principals
    ):
        raise NotFoundError("error.404_detail")
    return item


def check_fresh(request: Any) -> None:
    """Refuse when the log-in is too old for an act that matters; the pages ask once more."""
    if not request.is_fresh:
        raise Forbidden("api.log_in_again", field="token")
