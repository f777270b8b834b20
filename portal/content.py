"""Content types in one module plus one template (内容类型)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import colander
import venusian
from BTrees.IOBTree import IOBTree
from persistent import Persistent
from substanced.content import add_content_type
from substanced.folder import Folder
from substanced.util import find_objectmap, get_oid, wrap_if_broken

from portal import audit, catalog, clock, type_registry, workflow
from portal.errors import ConfigurationError
from portal.events import Added, Edited, Removed
from portal.security import Permission

DATA_CLASSES = ("public", "internal", "personal", "sensitive", "secret")


class Content:
    """What every content object has: title, author, state, history, rules."""

    content_type_name = ""
    workflow_name = ""
    schema: type[colander.MappingSchema] | None = None
    # What the form of a new object asks beside it: `slug` becomes the object's name.
    new_schema: type[colander.MappingSchema] | None = None
    # Permissions the type itself rules, under what its workflow state says.
    access: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - constant of the class

    # What is said with a step stays out of the audit log, which keeps everything for ever.
    says_in_private = False

    title = ""
    creator = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    workflow_state = ""
    state_since: datetime | None = None
    scope_id = ""
    scope_parent: Any = None
    _history: Any = None

    def access_rules(self) -> dict[str, tuple[str, ...]]:
        """Return what this object says about permissions: its state first, then its type."""
        if self.workflow_name:
            return self.access | workflow.state_rules(self.workflow_name, self.workflow_state)
        return self.access

    def remember(self, actor: str, action: str, **detail: Any) -> None:
        """Append one line to the object's history."""
        if self._history is None:
            self._history = IOBTree()
        number = len(self._history)
        self._history[number] = {"at": clock.now(), "actor": actor, "action": action, **detail}

    def history(self) -> list[dict[str, Any]]:
        """Return the history, newest first."""
        return [] if self._history is None else list(reversed(list(self._history.values())))

    def forget_said(self) -> None:
        """Take the author, and everything that was said with a step, out of the object."""
        for number, entry in list((self._history or {}).items()):
            left = {key: value for key, value in entry.items() if key != "comment"}
            self._history[number] = left | {
                "actor": "" if entry["actor"] == self.creator else entry["actor"]
            }
        self.creator = ""

    def values_of_schema(self) -> dict[str, Any]:
        """Return the schema's fields with their present values."""
        if self.schema is None:
            return {}
        return {node.name: getattr(self, node.name) for node in self.schema().children}

    def search_text(self) -> str:
        """Return the text that full-text search finds this object by.

        Public fields only, and no codes of choices, which nobody reads.
        """
        if self.schema is None:
            return self.title
        parts = [
            str(getattr(self, node.name))
            for node in self.schema().children
            if isinstance(node.typ, colander.String)
            and node.data_class == "public"
            and not isinstance(node.validator, colander.OneOf | colander.deferred)
        ]
        return "\n".join(parts)


class ContentItem(Content, Persistent):
    """A leaf of the tree."""


class ContentFolder(Content, Folder):
    """A container of the tree; ``section_name`` tells containers of one class apart."""

    section_name = ""

    # The framework's own look for a client of a statistics server at every step; there is none,
    # and a page takes dozens of steps.
    def __getitem__(self, name: str) -> Any:
        """Return a child; raises KeyError."""
        return wrap_if_broken(self.data[name])

    def get(self, name: str, default: Any = None) -> Any:
        """Return a child or the default."""
        return wrap_if_broken(self.data.get(name, default))


def content_type(
    name: str,
    *,
    schema: type[colander.MappingSchema] | None = None,
    template: str = "",
    workflow: str = "",
    addable_to: Iterable[str] = (),
    add_permission: str = "",
    catalogued: bool = True,
) -> Callable[[type], type]:
    """Register a class as content: its view, its add and edit forms and its workflow.

    ``addable_to`` names container types or section names. Start-up stops if a schema field has
    no class-level default or no data class. Types with a view of their own leave ``template``
    empty.
    """

    def decorate(cls: type) -> type:
        cls.content_type_name = name
        cls.workflow_name = workflow
        cls.schema = schema
        cls.template = template
        cls.addable_to = frozenset(addable_to)
        cls.add_permission = add_permission
        cls.catalogued = catalogued
        _check_schema(name, cls, schema)
        type_registry.TYPES[name] = cls

        def register(context: Any, _name: str, _ob: Any) -> None:
            config = context.config
            add_content_type(config, name, cls, factory_type=name)
            cls.__factory_type__ = name
            if template:
                config.add_view(
                    default_view,
                    context=cls,
                    name="",
                    renderer=template,
                    permission=Permission.VIEW.value,
                )

        venusian.attach(cls, register, category="substanced")
        return cls

    return decorate


def default_view(context: Any, request: Any) -> dict[str, Any]:
    """Show an object: the template gets the item and what the person can do with it."""
    return {"item": context, "actions": workflow.possible(context, request)}


def create(type_name: str, request: Any, **values: Any) -> Any:
    """Make an object of a type with field values; it is not yet placed anywhere."""
    item = request.registry.content.create(type_name)
    for key, value in values.items():
        if not hasattr(type(item), key):
            raise ConfigurationError(f"{type_name}.{key} has no class-level default.")
        setattr(item, key, value)
    return item


def add(container: Any, item: Any, request: Any, name: str = "") -> str:
    """Put an object into a container: author, first state, history, audit, index, event."""
    now = clock.now()
    item.creator = request.account_id or workflow.SYSTEM
    item.created_at = item.modified_at = now
    if item.workflow_name:
        item.workflow_state = workflow.definition(item.workflow_name).initial
        item.state_since = now
    name = container.add(
        name or next_name(container), item, registry=request.registry, send_events=False
    )
    item.remember(item.creator, "added")
    audit.record(request, f"{item.content_type_name}.add", item, after=public_values(item))
    if item.catalogued:
        catalog.index(item, request)
    request.registry.notify(Added(item, item.creator, request))
    return name


def edit(item: Any, request: Any, values: dict[str, Any]) -> bool:
    """Change fields; returns False when nothing differs. Old and new values go to history."""
    changed = {key: value for key, value in values.items() if getattr(item, key) != value}
    if not changed:
        return False
    old = {key: getattr(item, key) for key in changed}
    for key, value in changed.items():
        setattr(item, key, value)
    item.modified_at = clock.now()
    actor = request.account_id or workflow.SYSTEM
    before, after = public_values(item, old), public_values(item, changed)
    shown = {key: old[key] for key in after}
    item.remember(actor, "edited", before=shown, after=after, fields=list(changed))
    audit.record(request, f"{item.content_type_name}.edit", item, before=before, after=after)
    if item.catalogued:
        catalog.index(item, request)
    request.registry.notify(Edited(item, actor, request, old, changed))
    return True


def remove(item: Any, request: Any) -> None:
    """Take an object out of its container and out of every index."""
    audit.record(request, f"{item.content_type_name}.remove", item, before=public_values(item))
    request.registry.notify(Removed(item, request.account_id or workflow.SYSTEM, request))
    catalog.unindex_tree(item, request)
    item.__parent__.remove(item.__name__, registry=request.registry, send_events=False)


def next_name(container: Any) -> str:
    """Return the next free ASCII name of a container, ``2026-001`` and on."""
    year = clock.local(clock.now()).year
    number = len(container) + 1
    while f"{year}-{number:03d}" in container:
        number += 1
    return f"{year}-{number:03d}"


def oid(item: Any) -> int:
    """Return the object id of a placed object; it never changes."""
    return int(get_oid(item))


def by_oid(place: Any, wanted: int) -> Any:
    """Return the object with an object id from anywhere in the tree of ``place``, or None."""
    objectmap = find_objectmap(place)
    path = None if objectmap is None else objectmap.path_for(wanted)
    if path is None:
        return None
    # By hand, because every right of a community asks for its office: the framework's traversal
    # takes five times as long.
    item = objectmap.root
    for name in path[1:]:
        item = item.get(name) if item is not None else None
    return item


def public_values(item: Any, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return values of the schema, the present ones unless given, fit for history and audit."""
    given = item.values_of_schema() if values is None else values
    if item.schema is None:
        return {}
    return {
        node.name: _plain(given[node.name])
        for node in item.schema().children
        if node.data_class in ("public", "internal") and node.name in given
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _check_schema(name: str, cls: type, schema: type[colander.MappingSchema] | None) -> None:
    for node in schema().children if schema is not None else ():
        if getattr(node, "data_class", "") not in DATA_CLASSES:
            raise ConfigurationError(f"{name}.{node.name} declares no data class.")
        if not hasattr(cls, node.name):
            raise ConfigurationError(f"{name}.{node.name} has no class-level default.")
