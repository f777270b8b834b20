"""What can be found, and by whom (目录): facets in hypatia, words in the full-text index.

The catalogue holds facets and the principals that may see an object, so that a result never
shows what the asking person could not open. Words live in a derived index that a job feeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from hypatia.field import FieldIndex
from hypatia.keyword import KeywordIndex
from hypatia.query import Any as AnyOf
from hypatia.query import Eq, InRange
from persistent import Persistent
from pyramid.traversal import resource_path
from substanced.util import find_objectmap, get_oid

from portal.security import EVERYONE, Permission, allowed_principals, lineage


def _type(item: Any, default: Any) -> Any:
    return item.content_type_name or default


def _state(item: Any, default: Any) -> Any:
    return item.workflow_state or default


def _paths(item: Any, default: Any) -> Any:
    return [resource_path(place) for place in lineage(item)]


def audience(item: Any) -> frozenset[str]:
    """Return the principals that may see an object; where everybody may, nobody else is named."""
    viewers = allowed_principals(item, Permission.VIEW)
    return frozenset((EVERYONE,)) if EVERYONE in viewers else viewers


def _audience(item: Any, default: Any) -> Any:
    return _name_of(audience(item))


def _name_of(viewers: frozenset[str]) -> str:
    return sha256("\n".join(sorted(viewers)).encode()).hexdigest()[:32]


def _modified(item: Any, default: Any) -> Any:
    instant = item.modified_at
    return default if instant is None else int(instant.timestamp())


class Catalog(Persistent):
    """Facet indexes of the site, kept at ``root.catalog``.

    Many objects have the same audience, so an object is indexed under the name of its audience, and
    the audiences under each principal in them: one entry for each object instead of twenty.
    """

    def __init__(self) -> None:
        self.audiences = OOBTree()
        self.type = FieldIndex(_type)
        self.state = FieldIndex(_state)
        self.within = KeywordIndex(_paths)
        self.viewers = FieldIndex(_audience)
        self.modified = FieldIndex(_modified)

    def indexes(self) -> tuple[Any, ...]:
        """Return every index."""
        return (self.type, self.state, self.within, self.viewers, self.modified)

    def know(self, viewers: frozenset[str]) -> None:
        """Enter an audience under its principals, when it is new."""
        name = _name_of(viewers)
        for principal in viewers:
            if principal not in self.audiences:
                self.audiences[principal] = OOTreeSet()
            # Only looked at when it is there: a write would meet the writes of all others.
            if name not in self.audiences[principal]:
                self.audiences[principal].add(name)

    def seen_by(self, principals: Iterable[str]) -> list[str]:
        """Return the names of the audiences that any of the principals belongs to."""
        found: set[str] = set()
        for principal in principals:
            found.update(self.audiences.get(principal, ()))
        return sorted(found)


class Results:
    """A page of found objects with the number of all."""

    def __init__(self, items: list[Any], total: int) -> None:
        self.items = items
        self.total = total

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def index(item: Any, request: Any) -> None:
    """Enter an object into the facets now and into the full-text index by a job."""
    catalog = request.site.catalog
    oid = get_oid(item)
    catalog.know(audience(item))
    for one in catalog.indexes():
        one.reindex_doc(oid, item)
    request.site.outbox.put("catalog.index", {"oid": oid})


def unindex_tree(item: Any, request: Any) -> None:
    """Take an object and everything inside it out of the catalogue."""
    for place in _subtree(item):
        oid = get_oid(place, None)
        if oid is not None and getattr(place, "catalogued", False):
            for one in request.site.catalog.indexes():
                one.unindex_doc(oid)
            request.site.outbox.put("catalog.index", {"oid": oid})


def reindex_tree(item: Any, request: Any) -> None:
    """Index an object again with its contents: their visibility may hang on its state."""
    for place in _subtree(item):
        if getattr(place, "catalogued", False) and get_oid(place, None) is not None:
            index(place, request)


def find(
    request: Any,
    *,
    text: str = "",
    types: Iterable[str] = (),
    states: Iterable[str] = (),
    within: Any = None,
    modified: tuple[int | None, int | None] | None = None,
    start: int = 0,
    limit: int = 20,
    everything: bool = False,
) -> Results:
    """Find what the asking person may see, newest first, or best match first for a text.

    ``limit`` 0 counts only; ``within`` limits to a place of the tree; ``modified`` is a range in
    seconds since 1970; ``everything`` leaves out the permission filter and is for jobs only.
    """
    catalog = request.site.catalog
    oids = _matching(request, types, states, within, modified, everything)
    if text.strip():
        ranked = [oid for oid in request.fulltext.search(text, limit=10_000) if oid in oids]
        total, chosen = len(ranked), ranked[start : start + limit]
    else:
        total = len(oids)
        # A limit of 0 asks for the total only.
        ordered = catalog.modified.sort(oids, reverse=True, limit=start + limit) if limit else ()
        chosen = list(ordered)[start:]
    return Results(list(_objects(request, chosen)), total)


def each(
    request: Any,
    *,
    types: Iterable[str] = (),
    states: Iterable[str] = (),
    within: Any = None,
    everything: bool = False,
) -> Iterator[Any]:
    """Yield what `find` would find without a text, newest first, however much it is.

    What is found does not change while one goes through it; objects are loaded one by one.
    """
    oids = _matching(request, types, states, within, None, everything)
    yield from _objects(request, list(request.site.catalog.modified.sort(oids, reverse=True)))


def _matching(
    request: Any,
    types: Iterable[str],
    states: Iterable[str],
    within: Any,
    modified: tuple[int | None, int | None] | None,
    everything: bool,
) -> Any:
    """Return the set of object ids that fit all that is asked."""
    catalog = request.site.catalog
    clauses: list[Any] = []
    if not everything:
        clauses.append(AnyOf(catalog.viewers, catalog.seen_by(request.principals)))
    if types:
        clauses.append(AnyOf(catalog.type, list(types)))
    if states:
        clauses.append(AnyOf(catalog.state, list(states)))
    if within is not None:
        clauses.append(Eq(catalog.within, resource_path(within)))
    if modified is not None:
        clauses.append(InRange(catalog.modified, modified[0], modified[1]))
    if clauses:
        query = clauses[0]
        for clause in clauses[1:]:
            query &= clause
        return query._apply(None)  # noqa: SLF001 - hypatia's own way without a catalogue object
    return catalog.type.indexed()


def _objects(request: Any, oids: Iterable[int]) -> Iterator[Any]:
    objectmap = find_objectmap(request.site)
    found = (objectmap.object_for(oid) for oid in oids)
    yield from (item for item in found if item is not None)


def facet_counts(request: Any, **query: Any) -> dict[str, int]:
    """Count what `find` would return, per content type."""
    counts: dict[str, int] = {}
    for item in find(request, limit=10_000, **query):
        counts[item.content_type_name] = counts.get(item.content_type_name, 0) + 1
    return counts


def _subtree(item: Any) -> Iterator[Any]:
    yield item
    if getattr(item, "section_name", None) is not None:
        for child in item.values():
            yield from _subtree(child)
