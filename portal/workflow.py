"""Workflows as strict data (工作流): states close permissions, transitions are the only way.

``transition()`` is called by views, tasks and scripts alike. It checks the permission and the
guards, writes history and audit, and sends `Transitioned` inside the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import venusian

from portal import audit, catalog, clock, law
from portal.errors import USER_ERRORS, ConfigurationError, Forbidden, PortalError
from portal.events import Transitioned
from portal.rules.errors import RuleError
from portal.rules.profile import Profile
from portal.rules.strict import parse_yaml
from portal.security import PSEUDO_ROLES, permits

SYSTEM = "system"
# How the clause of a step begins that each place has in its own law.
OF_THE_PLACE = "rules."

_DEFINITION_KEYS = {"name", "initial", "states", "transitions"}
_STATE_KEYS = {"allow", "clause"}
_TRANSITION_KEYS = {"from", "to", "permission", "guard", "comment", "clause"}


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: where from, where to, who, and what must hold."""

    name: str
    sources: tuple[str, ...]
    target: str
    permission: str
    guards: tuple[str, ...] = ()
    comment: str = "optional"
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole workflow as read from its YAML file."""

    name: str
    initial: str
    states: dict[str, dict[str, tuple[str, ...]]]
    transitions: dict[str, Transition]
    source: str = field(default="", compare=False)


_definitions: dict[str, Definition] = {}
_guards: dict[str, Callable[[Any, Any], bool]] = {}


def guard(name: str) -> Callable[[Callable[[Any, Any], bool]], Callable[[Any, Any], bool]]:
    """Register a function ``(item, request) -> bool`` that says whether a step is possible now.

    A guard may raise PortalError to explain itself; returning False raises ``guard.<name>``.
    """

    def register(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        other = _guards.get(name)
        if other is not None and other.__module__ != function.__module__:
            raise ConfigurationError(f"Two guards are called {name!r}.")
        _guards[name] = function
        return function

    return register


def on_transition(*names: str) -> Callable[[Any], Any]:
    """Subscribe a function ``(event)`` to transitions ``workflow.name`` of its type.

    The function runs inside the transaction; it changes the event's object or enqueues jobs.
    It carries the names as ``transitions``, from which docs/actions is written.
    """

    def register(function: Any) -> Any:
        function.transitions = names

        def attach(context: Any, _name: str, _ob: Any) -> None:
            def subscriber(event: Transitioned) -> None:
                if f"{event.item.workflow_name}.{event.transition}" in names:
                    function(event)

            context.config.add_subscriber(subscriber, Transitioned)

        venusian.attach(function, attach, category="substanced")
        return function

    return register


def load(path: Path, roles: Iterable[str], permissions: Iterable[str]) -> Definition:
    """Read one workflow strictly; any unknown key, role or permission is a ConfigurationError."""
    where = str(path.name)
    data = parse_yaml(path.read_text("utf-8"))
    known_roles = set(roles) | PSEUDO_ROLES
    known_permissions = set(permissions)
    _only(where, data, _DEFINITION_KEYS)
    states: dict[str, dict[str, tuple[str, ...]]] = {}
    for state, body in data["states"].items():
        _only(f"{where}: state {state}", body or {}, _STATE_KEYS)
        allow = (body or {}).get("allow") or {}
        for permission, names in allow.items():
            if permission not in known_permissions:
                raise ConfigurationError(f"{where}: unknown permission {permission!r}.")
            unknown = set(names) - known_roles
            if unknown:
                raise ConfigurationError(f"{where}: unknown role {sorted(unknown)}.")
        states[state] = {permission: tuple(names) for permission, names in allow.items()}
    transitions = {
        name: _transition(f"{where}: transition {name}", name, body, states, known_permissions)
        for name, body in data["transitions"].items()
    }
    if data["initial"] not in states:
        raise ConfigurationError(f"{where}: initial state {data['initial']!r} does not exist.")
    return Definition(data["name"], data["initial"], states, transitions, where)


def register(definition: Definition) -> None:
    """Make a definition known; two different files with one name are refused."""
    known = _definitions.get(definition.name)
    if known is not None and known != definition:
        raise ConfigurationError(f"Two workflows are called {definition.name!r}.")
    _definitions[definition.name] = definition


def definition(name: str) -> Definition:
    """Return a registered workflow."""
    try:
        return _definitions[name]
    except KeyError:
        raise ConfigurationError(f"There is no workflow {name!r}.") from None


def guard_named(name: str) -> Callable[[Any, Any], bool]:
    """Return a registered guard."""
    return _guards[name]


def definitions() -> dict[str, Definition]:
    """Return all registered workflows by name."""
    return dict(_definitions)


def check_guards() -> None:
    """Stop start-up when a workflow names a guard nobody has written."""
    for wf in _definitions.values():
        for step in wf.transitions.values():
            for name in step.guards:
                if name not in _guards:
                    raise ConfigurationError(f"{wf.source}: no guard is called {name!r}.")


def state_rules(workflow_name: str, state: str) -> dict[str, tuple[str, ...]]:
    """Return the permissions a state names, with the roles it leaves open."""
    return definition(workflow_name).states.get(state, {})


def clause_of(step: Transition, item: Any, request: Any) -> str:
    """Return the clause of a step; ``rules.…`` names a key of the law of the item's place."""
    if not step.clause.startswith(OF_THE_PLACE):
        return step.clause
    return law.rules_at(item, request.registry).clause_of(step.clause.removeprefix(OF_THE_PLACE))


def check_clauses(profiles: Iterable[Profile]) -> None:
    """Stop start-up when a workflow names a key that the law of some place does not have."""
    for profile, wf in product(profiles, _definitions.values()):
        for step in wf.transitions.values():
            if step.clause.startswith(OF_THE_PLACE):
                try:
                    profile.clause_of(step.clause.removeprefix(OF_THE_PLACE))
                except (AttributeError, KeyError) as error:
                    raise ConfigurationError(f"{wf.source}: {step.clause}: no such key.") from error


def possible(item: Any, request: Any) -> list[Transition]:
    """List the steps the person may take from the present state, guards not asked."""
    if not item.workflow_name:
        return []
    steps = definition(item.workflow_name).transitions.values()
    principals = request.principals
    return [
        step
        for step in steps
        if item.workflow_state in step.sources
        and step.permission != SYSTEM
        and permits(item, step.permission, principals)
    ]


def obstacle(item: Any, step: Transition, request: Any) -> PortalError | RuleError | None:
    """Return what a guard would say against a step now, or None when it is possible."""
    for guard_name in step.guards:
        try:
            if not _guards[guard_name](item, request):
                return PortalError(f"guard.{guard_name}", clause=clause_of(step, item, request))
        except USER_ERRORS as error:
            return error
    return None


def transition(
    item: Any, name: str, request: Any, comment: str = "", *, system: bool = False
) -> None:
    """Take one step of the item's workflow, or raise without having changed anything.

    ``system=True`` is the clock acting: permissions are not asked, guards are. Raises Forbidden,
    or PortalError naming the guard that failed and its clause.
    """
    wf = definition(item.workflow_name)
    step = wf.transitions.get(name)
    if step is None:
        raise PortalError("workflow.unknown_transition", transition=name)
    clause = clause_of(step, item, request)
    if item.workflow_state not in step.sources:
        raise PortalError("workflow.wrong_state", clause=clause, status=409, transition=name)
    if not system and (
        step.permission == SYSTEM or not permits(item, step.permission, request.principals)
    ):
        raise Forbidden("workflow.not_allowed", clause=clause, transition=name)
    comment = comment.strip()
    if step.comment == "required" and not comment:
        raise PortalError("workflow.comment_required", clause=clause, field="comment")
    hindrance = obstacle(item, step, request)
    if hindrance is not None:
        raise hindrance
    before = item.workflow_state
    actor = SYSTEM if system else (request.account_id or SYSTEM)
    item.workflow_state = step.target
    item.state_since = clock.now()
    item.remember(
        actor,
        "transition",
        transition=name,
        from_state=before,
        to_state=step.target,
        comment=comment,
    )
    audit.record(
        request,
        f"{wf.name}.{name}",
        item,
        before={"state": before},
        after={"state": step.target},
        comment="" if item.says_in_private else comment,
    )
    request.registry.notify(Transitioned(item, actor, request, name, before, step.target, comment))
    catalog.reindex_tree(item, request)


def _transition(
    where: str, name: str, body: dict[str, Any], states: Any, permissions: set[str]
) -> Transition:
    _only(where, body, _TRANSITION_KEYS)
    sources = _as_tuple(body["from"])
    for state in (*sources, body["to"]):
        if state not in states:
            raise ConfigurationError(f"{where} names state {state!r}.")
    permission = body["permission"]
    if permission != SYSTEM and permission not in permissions:
        raise ConfigurationError(f"{where}: unknown permission {permission!r}.")
    comment = body.get("comment", "optional")
    if comment not in ("optional", "required"):
        raise ConfigurationError(f"{where}: comment is {comment!r}.")
    return Transition(
        name,
        sources,
        body["to"],
        permission,
        _as_tuple(body.get("guard", ())),
        comment,
        str(body.get("clause", "")),
    )


def _only(where: str, data: dict[str, Any], known: set[str]) -> None:
    unknown = set(data) - known
    if unknown:
        raise ConfigurationError(f"{where}: unknown key {sorted(unknown)}.")


def _as_tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
