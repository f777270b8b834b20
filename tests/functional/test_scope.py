"""Only the units of the scope vote, and they alone are the denominators."""

import pytest

from content_types.meeting.scope import covers
from portal.errors import PortalError
from tests.functional.assembly import Assembly, meeting_of

MOTIONS = ({"title": "更换 1 单元门禁", "matter": "other_major"},)


class Unit:
    """What a scope looks at."""

    def __init__(self, building, entrance, room, floor=None, use="dwelling"):
        self.building, self.entrance, self.room = building, entrance, room
        self.floor, self.use = floor, use
        self.code = f"b{building[0]}/{entrance[0]}-{room}"


FLAT, SHOP = Unit("1栋", "1单元", "301", 3), Unit("1栋", "2单元", "101", 1, "shop")


@pytest.mark.clause("EV-6.3.2", "BJ-G7.3.9")
@pytest.mark.parametrize(
    ("lines", "flat", "shop"),
    [
        ((), True, True),
        (("1栋",), True, True),
        (("1号楼",), True, True),
        (("2栋",), False, False),
        (("1栋 1单元",), True, False),
        (("1栋 3层",), True, False),
        (("1栋 商业",), False, True),
        (("商业",), False, True),
        (("1栋 301",), True, False),
        (("1栋 1单元 301室",), True, False),
        (("1栋 1单元 302",), False, False),
        (("b1/1-301",), True, False),
        (("2栋", "1栋 2单元"), False, True),
        (("1栋 1单元 301 x",), False, False),
    ],
)
def test_line_names_building_entrance_floor_unit_or_use(lines, flat, shop):
    assert (covers(lines, FLAT), covers(lines, SHOP)) == (flat, shop)


@pytest.mark.clause("EV-6.3.2", "BJ-G7.3.9")
def test_unit_outside_the_scope_cannot_vote_and_is_no_part_of_the_denominators(
    open_site, moved_clock
):
    assembly = Assembly(open_site, moved_clock, motions=MOTIONS)
    lines = ("1栋 1单元 101", "1栋 201", "1栋 202")
    open_site.run(lambda request: setattr(meeting_of(request), "scope", lines))
    voting = assembly.open()
    # The notice tells the totals of the scope: anna and dora with 80 + 150 m², not the community's.
    kept = voting.look(lambda m: (m.confirmation.units, m.confirmation.heads, m.confirmation.area))
    assert kept == (3, 2, 8000 + 15_000)
    notices = open_site.run(
        lambda r: [one.body for one in r.site["communities"]["haitang"]["announcements"].values()]
    )
    assert any("230.00" in text and "700.00" not in text for text in notices)
    assert "230.00" in open_site.browser().get(voting.path).text
    assert voting.look(lambda m: m.versions[-1]["confirmed"]["area"]) == 8000 + 15_000
    voting.cast("anna", m1=["for"])
    refused = open_site.logged_in("bo").get(voting.path + "vote", status=422)
    assert "不在本次投票范围内" in refused.text
    assert "1栋 201" in open_site.browser().get(voting.path).text
    voting.close()
    # anna with 80 m² and dora with 150 m².
    assert voting.look(lambda meeting: meeting.result.record["totals"]) == [2, 23_000]


def test_scope_that_names_no_unit_is_refused_at_the_submission(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock, motions=MOTIONS)
    open_site.run(lambda request: setattr(meeting_of(request), "scope", ("9栋",)))
    with pytest.raises(PortalError) as refused:
        assembly.step("submit")
    assert refused.value.message_id == "meeting.scope_unknown"
