"""Finding words inside Chinese sentences (全文检索): a derived SQLite index of character pairs.

A text is cut into runs of letters and digits and each run into overlapping pairs plus its last
character. A phrase of pairs is found wherever the characters stand together, so every word is
found and nothing else; the single character after each run keeps a phrase inside its run.
The file holds only what the objects say in public and can be made anew from them at any time.
"""

from __future__ import annotations

import os
import queue
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from substanced.util import find_objectmap

from portal.outbox import Record, job

_RUN = re.compile(r"[^\W_]+")
_LONGEST_QUERY = 200
_MOST_WORDS = 12
_BUSY_MS = 30_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (oid INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, body, content='', tokenize='ascii');
"""
_INSERT = "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)"
_DELETE = "INSERT INTO words (words, rowid, title, body) VALUES ('delete', ?, ?, ?)"


def fold(text: str) -> str:
    """Return a text with full-width forms, case and compatibility characters levelled."""
    return unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> list[str]:
    """Return the runs of letters, characters and digits of a text."""
    return _RUN.findall(fold(text))


def _term(characters: str) -> str:
    # Code points of fixed width: no tokenizer has an opinion about these, and a single character
    # is a prefix of every pair it begins.
    return "".join(f"{ord(character):06x}" for character in characters)


def _terms(text: str) -> str:
    found: list[str] = []
    for run in runs(text):
        found.extend(_term(run[i : i + 2]) for i in range(len(run)))
    return " ".join(found)


def _match(text: str) -> str:
    """Return the FTS5 expression of a query; empty when there is nothing to look for."""
    clauses = []
    for run in runs(text[:_LONGEST_QUERY])[:_MOST_WORDS]:
        pairs = " ".join(_term(run[i : i + 2]) for i in range(len(run) - 1))
        clauses.append(f'"{pairs}"' if pairs else f'"{_term(run)}" *')
    return " AND ".join(clauses)


class FullText:
    """The index file; safe for several threads and processes of one host."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._process = os.getpid()
        self._ready = False

    def _connect(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            # A connection must not be used on both sides of a fork.
            self._idle, self._process = queue.SimpleQueue(), os.getpid()
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(
            self.path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode=WAL")
        # The outbox forgets a job when it is done, so what it did must be on disk by then.
        db.execute("PRAGMA synchronous=FULL")
        if not self._ready:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            self._ready = True
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        db = self._connect()
        try:
            yield db
        finally:
            self._idle.put(db)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Open one transaction for several changes; a raise rolls all back."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(db)
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def put(self, oid: int, title: str, body: str = "") -> None:
        """Enter or replace the text of an object."""
        with self.writing() as writer:
            writer.put(oid, title, body)

    def remove(self, oid: int) -> None:
        """Forget an object; one that is unknown is no error."""
        with self.writing() as writer:
            writer.remove(oid)

    def search(self, text: str, limit: int = 100) -> list[int]:
        """Return the oids of texts that hold every word of the query, best match first."""
        expression = _match(text)
        if not expression:
            return []
        query = (
            "SELECT rowid FROM words WHERE words MATCH ? "
            "ORDER BY bm25(words, 8.0, 1.0), rowid DESC LIMIT ?"
        )
        with self._reading() as db:
            return [row[0] for row in db.execute(query, (expression, limit))]

    def oids(self) -> set[int]:
        """Return the oids of all indexed objects."""
        with self._reading() as db:
            return {row[0] for row in db.execute("SELECT oid FROM docs")}

    def __len__(self) -> int:
        with self._reading() as db:
            return db.execute("SELECT count(*) FROM docs").fetchone()[0]

    def __bool__(self) -> bool:
        return True

    def rebuild(self, documents: Iterable[tuple[int, str, str]]) -> int:
        """Replace the whole index by (oid, title, body) in one transaction; return how many."""
        number = 0
        with self.writing() as writer:
            writer.clear()
            for oid, title, body in documents:
                writer.put(oid, title, body)
                number += 1
        return number

    def close(self) -> None:
        """Close the idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def __del__(self) -> None:
        if self._process == os.getpid():
            self.close()


class Writer:
    """Changes inside one transaction of the index."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, oid: int, title: str, body: str = "") -> None:
        """Enter or replace the text of an object."""
        known = self._db.execute("SELECT title, body FROM docs WHERE oid = ?", (oid,)).fetchone()
        if known == (title, body):
            return
        self.remove(oid)
        self._db.execute("INSERT INTO docs VALUES (?, ?, ?)", (oid, title, body))
        self._db.execute(_INSERT, (oid, _terms(title), _terms(body)))

    def remove(self, oid: int) -> None:
        """Forget an object; one that is unknown is no error."""
        known = self._db.execute("SELECT title, body FROM docs WHERE oid = ?", (oid,)).fetchone()
        if known is not None:
            # An index without content is told what to forget.
            self._db.execute(_DELETE, (oid, *map(_terms, known)))
            self._db.execute("DELETE FROM docs WHERE oid = ?", (oid,))

    def clear(self) -> None:
        """Forget everything."""
        self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
        self._db.execute("DELETE FROM docs")


def snippet(text: str, query: str, width: int = 80) -> list[tuple[str, bool]]:
    """Return a piece of an object's text around the first hit as (part, is hit) for the page."""
    words = sorted({re.escape(word) for word in runs(query)}, key=len, reverse=True)
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    hits = list(re.finditer("|".join(words), text, re.IGNORECASE)) if words else []
    start = max(0, hits[0].start() - width // 3) if hits else 0
    end = min(len(text), start + width)
    parts: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for hit in hits:
        if hit.end() > end:
            break
        parts += [(text[at : hit.start()], False), (hit.group(), True)]
        at = hit.end()
    parts.append((text[at:end], False))
    if end < len(text):
        parts.append(("…", False))
    return [part for part in parts if part[0]]


# --- driven by the site -----------------------------------------------------------------------


@job("catalog.index", batch=100, forever=True)
def index_objects(request: Any, records: list[Record]) -> None:
    """Bring the index up to date with objects that were added, changed or removed."""
    objectmap = find_objectmap(request.site)
    with request.fulltext.writing() as writer:
        for oid in sorted({promised.values["oid"] for promised in records}):
            item = objectmap.object_for(oid)
            if item is None or not getattr(item, "catalogued", False):
                writer.remove(oid)
                continue
            # If somebody changes the object meanwhile, this job runs again and reads it anew.
            item._p_jar.readCurrent(item)  # noqa: SLF001 - the documented way to ask ZODB for it.
            writer.put(oid, item.title, item.search_text())


def rebuild_from_site(request: Any) -> int:
    """Make the index anew from the catalogued objects; return how many."""
    objectmap = find_objectmap(request.site)

    def documents() -> Iterator[tuple[int, str, str]]:
        for oid in request.site.catalog.type.indexed():
            item = objectmap.object_for(oid)
            if item is not None:
                yield oid, item.title, item.search_text()

    return request.fulltext.rebuild(documents())


def difference(request: Any) -> tuple[set[int], set[int]]:
    """Return the oids that miss in the index and those that should not be there."""
    wanted, present = set(request.site.catalog.type.indexed()), request.fulltext.oids()
    return wanted - present, present - wanted
