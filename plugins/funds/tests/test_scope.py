"""Scope of a cost: what lines of text name which units."""

import pytest

from portal.errors import PortalError
from yitang_funds.scope import Place, resolve, scope_fingerprint

PLACES = (
    Place("u1", "1栋", "1单元", "101", 9_550),
    Place("u2", "1栋", "1单元", "102", 9_550),
    Place("u3", "1栋", "2单元", "101", 9_550),
    Place("u4", "2栋", "", "A01", 9_550),
)


@pytest.mark.clause("MF-2.0.17")
@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([], "u1 u2 u3 u4"),
        (["", "  "], "u1 u2 u3 u4"),
        (["1栋"], "u1 u2 u3"),
        (["一号楼"], "u1 u2 u3"),
        (["1栋 2单元"], "u3"),
        (["1幢,1单元,102室"], "u2"),
        (["2栋 A01"], "u4"),
        (["u4", "1栋 2单元", "u4"], "u3 u4"),
    ],
)
def test_lines_name_units(lines, codes):
    assert [place.code for place in resolve(lines, PLACES)] == codes.split()


@pytest.mark.clause("MF-2.0.17")
@pytest.mark.parametrize(
    "line", ["9栋", "1栋 3单元", "1栋 1单元 999", "1栋 1单元 101 左", "x" * 300]
)
def test_line_that_names_no_unit_is_refused(line):
    with pytest.raises(PortalError) as caught:
        resolve(["1栋", line], PLACES)
    assert (caught.value.message_id, caught.value.values["line"]) == (
        "funds.error.scope_unknown",
        line,
    )


@pytest.mark.clause("MF-2.0.17")
def test_fingerprint_knows_the_units_not_their_order():
    assert scope_fingerprint(["b", "a"]) == scope_fingerprint(["a", "b", "a"])
    assert scope_fingerprint(["a", "b"]) != scope_fingerprint(["a"])
    assert scope_fingerprint(["a", "b"]) != scope_fingerprint(["a", "b", "c"])
