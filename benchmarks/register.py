"""Import of a register from a sheet into the object database, every owner's values sealed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, own_memory, seconds
from content_types.owner_register.importing import examine, import_now
from content_types.owner_register.sheet import read_sheet
from tests.data import make_register
from tests.functional.conftest import SiteUnderTest
from tests.functional.world import build_city


def measure(units: int) -> Iterator[Row]:
    """Import so many units with their owners, all or nothing, in one transaction."""
    with tempfile.TemporaryDirectory(prefix="yt-bench-") as name:
        folder = Path(name)
        path = folder / "register.xlsx"
        lines = (["海棠花园", *line[1:]] for line in make_register.rows(units))
        make_register.write(path, lines)
        data = path.read_bytes()
        floor = seconds(lambda: read_sheet(data))
        site = SiteUnderTest(folder / "site", **{"yitang.broker": "none"})
        try:
            build_city(site, register="")

            def carry_out(request: Any) -> int:
                owners = request.site["communities"]["haitang"]["owners"]
                examined = examine(owners, data, request)
                import_now(owners, data, path.name, request, examined, only_good=False)
                return sum(1 for _ in owners.units())

            begin = time.perf_counter()
            found = site.run(carry_out)
            took = time.perf_counter() - begin
            assert found == units
        finally:
            site.close()
    yield Row(
        f"import a register of {units:,} units",
        took,
        "s",
        floor,
        "reading the sheet",
        target=20 * units / 10_000,
        better="less",
        memory=own_memory(),
    )
