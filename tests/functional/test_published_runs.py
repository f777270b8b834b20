"""What is published of the stated load and of the sizes: at full size, with every figure met.

`make load` and `make sizes` write the figures; a shorter run does not stand here.
"""

import pytest

from benchmarks import published
from benchmarks.measure import number


def run(section):
    """Return a published run and its rows by name."""
    found = published.read()[section]
    return found, {row["name"]: row for row in found["rows"]}


@pytest.mark.clause("EV-7.6.1", "EV-8.7.1")
def test_published_run_had_the_stated_size_and_met_every_figure():
    load, rows = run("load")
    assert load["units"] >= 10_000
    assert load["rate"] >= 50
    assert load["minutes"] >= 10
    targets = {name: row["target"] for name, row in rows.items() if row["target"] is not None}
    assert targets["cast: p95"] == 800
    assert targets["ballot page: p99"] == 2000
    assert targets["from close to result"] == 60
    assert targets["verifier"] == 30
    assert targets["largest voucher"] == 64
    assert [name for name, row in rows.items() if row["met"] is False] == []


@pytest.mark.parametrize("section", ["load", "sizes"])
def test_table_of_a_run_says_what_the_figures_say(section):
    found, rows = run(section)
    text = (published.HERE / f"{section}.md").read_text("utf-8")
    assert found["machine"] in text
    assert found["day"] in text
    for name, row in rows.items():
        assert f"| {name} | {number(row['value'])} {row['unit']} |" in text


@pytest.mark.clause("SZ-N1")
def test_published_sizes_reach_the_reference_and_hold_beside_a_small_site():
    sizes, rows = run("sizes")
    assert sizes["owners"] >= 449_640
    acts = {name for name, row in rows.items() if row["floor"]}
    assert {"home page", "log in", "find the account of a name", "units an owner may bind"} <= acts
    assert [name for name, row in rows.items() if row["met"] is False] == []
