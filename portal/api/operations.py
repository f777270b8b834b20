"""Operations (操作): one function, one schema in, one schema out; the document is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import venusian
from jsonschema import Draft202012Validator

from portal.api.schema import Schema, record
from portal.errors import ConfigurationError

JSON = "application/json"
METHODS = ("GET", "POST", "DELETE")
SAFE = frozenset(("GET", "HEAD"))


@dataclass(frozen=True)
class Operation:
    """What can be called: its summary is the message ``api.op.<name>``."""

    name: str
    method: str
    path: str  # below /api/v1
    run: Callable[[Any, dict[str, Any]], Any]
    answer: Schema | None
    status: int = 200
    query: Mapping[str, Schema] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # names of the query that must be given
    body: Schema | None = None
    takes: str = JSON
    gives: str = JSON
    login: bool = False
    # Statuses of refusals that are the operation's own, beside those every one of its shape has.
    refusals: tuple[int, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the address."""
        parts = self.path.split("/")
        return tuple(part.strip("{}") for part in parts if part.startswith("{"))

    @cached_property
    def query_validator(self) -> Draft202012Validator:
        """Checks a query."""
        return Draft202012Validator(
            record(dict(self.query), optional=set(self.query) - set(self.needs))
        )

    @cached_property
    def body_validator(self) -> Draft202012Validator:
        """Checks a body."""
        return Draft202012Validator(self.body)


def operation(
    name: str,
    method: str,
    path: str,
    *,
    answer: Schema | None,
    **more: Any,
) -> Callable[[Callable[[Any, dict[str, Any]], Any]], Callable[[Any, dict[str, Any]], Any]]:
    """Register a function ``(request, given)`` as an operation of the interface.

    ``given`` holds the checked query or body; names in the address are in ``request.matchdict``.
    The function returns plain data, None where there is no answer, or a response.
    """
    if method not in METHODS:
        raise ConfigurationError(f"{name}: the interface has no method {method!r}.")

    def decorate(function: Callable[[Any, dict[str, Any]], Any]) -> Any:
        found = Operation(name, method, path, function, answer, **more)

        def register(context: Any, _name: str, _ob: Any) -> None:
            known = context.config.registry.api_operations
            if any((one.method, one.path) == (method, path) for one in known):
                raise ConfigurationError(f"Two operations are called {method} {path}.")
            known.append(found)

        venusian.attach(function, register, category="pyramid")
        return function

    return decorate
