"""Paged append-only list (分页追加表): small immutable values, one small object written per append.

A page of 16 keeps the bytes written per appended leaf hash pair near 0.6 KB; 256 would write 8 KB,
because the object database stores a changed object whole.
"""

from collections.abc import Iterator
from typing import Any

from BTrees.IOBTree import IOBTree
from persistent import Persistent

WIDTH = 16


class Page(Persistent):
    """Up to ``WIDTH`` values, held in an immutable tuple."""

    values: tuple[Any, ...] = ()


class Pages(Persistent):
    """A list that only grows; two transactions that append at once conflict and one is retried."""

    def __init__(self) -> None:
        """Start empty."""
        self.pages = IOBTree()

    def __len__(self) -> int:
        """Return the number of values, read off the last page."""
        if not self.pages:
            return 0
        last = self.pages.maxKey()
        count: int = last * WIDTH + len(self.pages[last].values)
        return count

    def __getitem__(self, index: int) -> Any:
        """Return one value; IndexError outside."""
        if index < 0:
            raise IndexError(index)
        page = self.pages.get(index // WIDTH)
        if page is None:
            raise IndexError(index)
        return page.values[index % WIDTH]

    def __iter__(self) -> Iterator[Any]:
        """Yield the values in order."""
        for page in self.pages.values():
            yield from page.values

    def append(self, value: Any) -> int:
        """Add an immutable value and return its index."""
        index = len(self)
        if index % WIDTH == 0:
            self.pages[index // WIDTH] = Page()
        page = self.pages[index // WIDTH]
        page.values += (value,)
        return index

    def last_page(self) -> tuple[Any, ...]:
        """Return the values of the page that was filled last."""
        return self.pages[self.pages.maxKey()].values if self.pages else ()
