"""No number that is published tells how a unit voted, in any channel."""

import json

import pytest

from tests.functional import assembly
from tests.functional.assembly import Assembly
from tests.functional.evidence_steps import archive_files, statuses


class SmallTown(Assembly):
    """Seven owners of one flat each; the last flat may be an odd one."""

    def __init__(self, site, moved_clock, monkeypatch, odd):
        names = ("anna", "bo", "chen", "dora", "eve", "fang", "gao")
        rooms = {name: f"{100 + at}" for at, name in enumerate(names)}
        units = {room: ((name,), 9000, False) for name, room in rooms.items()}
        units[rooms["gao"]] = (("gao",), odd, False)
        monkeypatch.setattr(assembly, "UNITS", units)
        monkeypatch.setattr(assembly, "BINDS", {name: (room,) for name, room in rooms.items()})
        monkeypatch.setattr(assembly, "LATE", {})
        super().__init__(site, moved_clock)
        self.open()
        for name in names:
            self.cast(name, m1=("against" if name == "gao" else "for",), m2=("for",))
        self.close().publish()


def numbers_in(value):
    """Yield every number inside plain data."""
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, int):
        yield value


@pytest.mark.clause("EV-10.8.1", "EV-8.5.1")
def test_ballot_of_the_one_unit_of_207_10_is_shown_in_no_channel(site, moved_clock, monkeypatch):
    town = SmallTown(site, moved_clock, monkeypatch, 20_710)
    anna, stranger = site.logged_in("anna"), site.browser()
    files = archive_files(anna.get(town.path + "package-P1.zip").body)
    assert "rows.json" not in files
    (bucket,) = json.loads(files["buckets.json"])["buckets"]
    result = town.look(lambda m: m.result.record)
    for motion in result["motions"]:
        shown = {row["option"]: row["votes"] for row in motion["options"]}
        shown |= {"blank": motion["blank"], "invalid": motion["invalid"]}
        assert bucket["motions"][motion["motion"]] == shown
    # Whatever else tells about the result has its sums and no row of one owner or few.
    for name in ("unit-results", "unit-results.xlsx", "package-P2.zip"):
        anna.get(town.path + name, status=403)
        stranger.get(town.path + name, status=403)
    table = stranger.get(town.path + "result.csv").body.decode("utf-8-sig")
    for text in (
        table,
        stranger.get(town.path + "result").text,
        stranger.get("/search", {"q": "207.10"}).text,
        anna.get("/messages").text,
    ):
        assert "1栋1单元106" not in text
        assert "业主gao" not in text
    api = stranger.get("/api/v1/communities/haitang/meetings/2026-001/result").json
    assert api["record"] == result
    assert set(api["motions"][0]) == {"id", "title", "outcome", "carried"}
    areas = set(numbers_in(result["motions"])) | {result["participation"][1]}
    cells = {cell.replace(".", "") for cell in table.replace("\r\n", ",").split(",")}
    assert "20710" in cells  # the statutory sum itself; the limits say so
    assert {int(c) for c in cells if c.isdecimal() and int(c) > 5000} <= areas | {
        result["totals"][1]
    }


@pytest.mark.clause("EV-10.8.1")
def test_ballots_of_flats_that_are_all_alike_are_shown_row_by_row_to_owners(
    site, moved_clock, monkeypatch
):
    town = SmallTown(site, moved_clock, monkeypatch, 9000)
    data = site.logged_in("anna").get(town.path + "package-P1.zip").body
    found, _ = statuses(data)
    assert found["rows"] == "ok"
    rows = json.loads(archive_files(data)["rows.json"])["rows"]
    assert [set(row) for row in rows] == [{"area", "choices"}] * 7
