"""The sizing reference: what a site answers in with 449,640 bound owners, beside a small one.

So many owners were bound in Shenzhen by the end of August 2019 (SZ-N1). `make sizes`, or
`python -m benchmarks.sizes --owners 20000`; the figures go to ``last.json`` and ``sizes.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import published
from benchmarks.measure import Row, machine, own_memory, percentile, tell
from benchmarks.world import SETTINGS
from content_types.owner_register import binding, identity, store
from content_types.owner_register.importing import examine, import_now
from portal import clock, content
from portal.security import Role
from tests.data import make_register
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.world import PASSWORD, build_city, known_password

OWNERS, SMALL = 449_640, 10_000
# Units of a community; the reference is a city of such.
UNITS = 10_000
ROUNDS = 40
# A large site may take twice as long as a small one.
TARGET = 0.5


class Sized:
    """A site with at least so many owners who have bound what they own."""

    def __init__(self, folder: Path, owners: int) -> None:
        self.site = SiteUnderTest(folder, **SETTINGS)
        build_city(self.site, register="")
        self.owners = self.communities = 0
        self.person = 1
        while self.owners < owners:
            units = min(UNITS, owners - self.owners + 100)
            self.communities += 1
            self.site.run(lambda request, n=units: self._import(request, n))
            self.site.run(self._bind)
            self.site.registry._zodb_databases[""].cacheMinimize()  # noqa: SLF001
            tell(f"{self.owners:,} owners in {self.communities} communities")
        self.site.drain()
        self.path = f"/communities/c{self.communities}/"

    def _community(self, request: Any) -> Any:
        return request.site["communities"][f"c{self.communities}"]

    def _import(self, request: Any, units: int) -> None:
        places = request.site["communities"]
        title = f"花园{self.communities}期"
        values = {"title": title, "address": "海棠路", "has_committee": True}
        office = places["haitang"].office_oid
        item = content.create("community", request, office_oid=office, **values)
        content.add(places, item, request, name=f"c{self.communities}")
        lines = make_register.rows(units, first=self.person)
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "register.xlsx"
            make_register.write(path, ([title, *line[1:]] for line in lines))
            data = path.read_bytes()
        register = item["owners"]
        examined = examine(register, data, request)
        import_now(register, data, "register.xlsx", request, examined, only_good=False)

    def _bind(self, request: Any) -> None:
        """Give every person of the newest community a verified account with bound units."""
        community, ids = self._community(request), {}
        grants = ((str(Role.OWNER), community.scope_id),)
        for unit in community["owners"].units():
            for holder in unit.holders:
                if holder.id_kind != "resident_id":
                    continue
                if holder.person not in ids:
                    # The first one of each community can log in with a password.
                    login = "" if ids else f"owner{self.communities}"
                    account = request.site.accounts.create(request.vault, login=login, kind="owner")
                    account.password = known_password()
                    account.verified_at, account.grants = clock.now(), grants
                    request.site.accounts.claim_person(account, holder.person)
                    ids[holder.person] = account.id
                unit.bind(ids[holder.person], holder.person)
        self.owners += len(ids)
        self.last = self.person
        self.person += len(ids)

    def times(self) -> dict[str, float]:
        """Return how long each act takes, in ms."""
        login = f"owner{self.communities}"
        inside = self.site.logged_in(login)
        outside = self.site.browser()
        acts: dict[str, Callable[[], Any]] = {
            "home page": lambda: outside.get("/", status=200),
            "page of the owner's community": lambda: inside.get(self.path, status=200),
            "log in": lambda: self.site.logged_in(login, PASSWORD),
            "find the account of a name": lambda: self.site.run(
                lambda r: r.site.accounts.find(r.vault, login).id
            ),
            "find a document in all registers": lambda: self.site.run(self._match),
            "units an owner may bind": lambda: self.site.run(lambda r: self._own(r, login)),
            "search a register for a phone": lambda: self.site.run(self._search),
        }
        return {name: _median(act) for name, act in acts.items()}

    def _match(self, request: Any) -> None:
        name, _, number, _ = make_register.person(self.last)
        assert identity.match(request, name, "resident_id", number)

    @staticmethod
    def _own(request: Any, login: str) -> None:
        account = request.site.accounts.find(request.vault, login)
        assert binding.bound_units(request, account)

    def _search(self, request: Any) -> None:
        register = self._community(request)["owners"]
        _, _, _, phone = make_register.person(self.last)
        assert store.search(register, phone, request.vault, "")


def _median(act: Callable[[], Any]) -> float:
    act()
    found = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return percentile(found, 0.5) * 1000


@contextmanager
def sized(owners: int) -> Iterator[Sized]:
    """Make a site of so many owners; it is gone after the block."""
    clock.set_clock(MovedClock(START))
    try:
        with tempfile.TemporaryDirectory(prefix="yt-size-") as name:
            made = Sized(Path(name), owners)
            try:
                yield made
            finally:
                made.site.close()
    finally:
        clock.set_clock(None)


def measure(owners: int) -> tuple[list[Row], int]:
    """Return the rows, each beside the small site, and how many owners were bound."""
    with sized(SMALL) as small:
        floors = small.times()
    begin = time.perf_counter()
    with sized(owners) as made:
        built = time.perf_counter() - begin
        found = made.times()
        data = made.site.folder / "db" / "Data.fs"
        size = data.stat().st_size / 2**20
        bound, places = made.owners, made.communities
    rows = [
        Row(
            name,
            found[name],
            "ms",
            floor,
            f"{SMALL:,} owners",
            target=TARGET,
            better="less",
            of_floor=True,
        )
        for name, floor in floors.items()
    ]
    note = f"{places} communities, {size:,.0f} MB, made in {built:.0f} s"
    rows.append(Row("bound owners", bound, "owners", memory=own_memory(), note=note))
    return rows, bound


def main() -> int:
    """Measure and publish; returns 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.sizes", description=__doc__.splitlines()[0])
    parser.add_argument("--owners", type=int, default=OWNERS)
    options = parser.parse_args()
    where, day = machine(), datetime.now(UTC).date().isoformat()
    rows, bound = measure(options.owners)
    found = [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows]
    title = f"Sizes of {day}: {bound:,} bound owners beside {SMALL:,}: {where}."
    section = {"owners": bound, "machine": where, "day": day, "rows": found}
    sys.stdout.write(published.put("sizes", section, title, rows))
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
