"""Time stamps, levels of publication and what each level proves, by the Shenzhen rules."""

import io
import json
import zipfile

import pytest

from content_types.meeting import packages
from content_types.meeting.evidence import tables
from portal import jobs
from portal.evidence.verify import verify
from tests.authority import Authority
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.conftest import SiteUnderTest


@pytest.fixture
def stamped(tmp_path, moved_clock):
    """Give a meeting on a site that has its heads stamped, and the authority."""
    authority = Authority(tmp_path / "tsa")
    with authority.serving() as url:
        site = SiteUnderTest(tmp_path, **authority.settings(url))
        yield Assembly(site, moved_clock), authority
        site.close()


def vote(voting):
    voting.cast("anna", m1=("for",), m2=("for",), m3=("o1", "o2"))
    voting.cast("bo", m1=("for",), m2=("against",), m3=("o1", "o2"))
    voting.cast("dora", m1=("for",), m2=("for",))
    voting.cast("gao", m1=("against",), m2=("for",), m3=("o3",))
    return voting


def package(voting, level):
    return voting.site.run(
        lambda request: packages.package(meeting_of(request), level, request.registry)
    )


def statuses(data):
    report = verify(data)
    assert report.ok, report.text()
    return {check["name"]: check["status"] for check in report.checks}, report


def occasions(voting):
    return voting.look(lambda m: [(one.occasion, one.position) for one in m.time_stamps])


@pytest.mark.clause("EV-4.1.4")
@pytest.mark.clause("EV-8.4.1")
def test_heads_are_stamped_at_opening_daily_at_close_and_at_the_result(stamped):
    voting, _ = stamped
    voting.open()
    voting.clock.forward(hours=1)
    voting.site.drain()
    vote(voting)
    voting.clock.forward(days=1)
    voting.site.drain()
    voting.close()
    assert [name for name, _ in occasions(voting)] == ["opening", "daily", "close", "result"]
    found, report = statuses(package(voting, "P0"))
    assert (found["stamps"], found["stamp_seals"]) == ("ok", "ok")
    assert sum("time stamp" in note for note in report.notes) == 4


@pytest.mark.clause("EV-8.6.1")
def test_an_authority_that_is_away_delays_no_step_of_the_vote(stamped):
    voting, authority = stamped
    authority.down = True
    voting.notice()
    voting.clock.to(at(OPENS))
    registry = voting.site.registry

    def go():
        jobs.tick(registry, strict=True)
        jobs.run_pending(registry)

    go()
    vote(voting)
    voting.clock.to(at(CLOSES))
    go()
    assert voting.look(lambda m: m.workflow_state) == "counted"
    assert authority.asked > 1
    assert occasions(voting) == []
    found, _ = statuses(package(voting, "P0"))
    assert (found["stamps"], found["stamp_seals"]) == ("not_possible", "not_possible")
    authority.down = False
    voting.clock.forward(hours=2)
    voting.site.drain()
    assert {name for name, _ in occasions(voting)} >= {"opening", "close", "result"}


def test_a_site_without_authority_has_no_stamps_and_says_so(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close()
    assert occasions(voting) == []
    found, _ = statuses(package(voting, "P2"))
    assert found["stamps"] == "not_possible"


@pytest.mark.clause("EV-8.4.1")
def test_owners_get_the_rooms_that_took_part_and_no_ballot_of_a_rare_area(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close()
    data = package(voting, "P1")
    found, report = statuses(data)
    assert (report.level, found["participation"], found["rows"]) == ("P1", "ok", "not_possible")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        units = json.loads(archive.read("participation.json"))["units"]
    voted = {row["room"] for row in units if row["voted"]}
    assert voted == {"1栋1单元101", "1栋1单元102", "1栋1单元201", "1栋1单元202", "1栋1单元501"}
    assert not any(f"业主{name}".encode() in data for name in ("anna", "bo", "dora", "gao"))


@pytest.mark.clause("EV-10.8.1")
@pytest.mark.clause("EV-8.5.1")
def test_fewer_ballots_than_a_group_publish_nothing_but_the_result(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close()
    assert voting.look(tables.newest).buckets == b""
    assert statuses(package(voting, "P0"))[0]["buckets"] == "not_possible"
