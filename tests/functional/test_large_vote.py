"""A whole vote on the register of 1,220 units, from the roll to a package anybody can verify."""

import pytest

from content_types.meeting import casting, eligibility, packages
from portal import accounts, clock
from portal.evidence.verify import verify
from portal.security import Role
from tests.functional.assembly import meeting_of
from tests.functional.test_meeting_procedure import (
    at,
    confirm,
    enter_meeting,
    post_notice,
    step,
)
from tests.functional.world import build_city

HEADS, AREA, UNITS = 1136, 12_628_615, 1220
MARKS = ("for", "for", "for", "against", "abstain")
BYTES_PER_BALLOT = 1024


def everybody(request):
    """Verify every person of the register and bind all units; returns the account ids."""
    community = request.site["communities"]["haitang"]
    held = {}
    for unit in community["owners"].units():
        for holder in unit.holders:
            held.setdefault(holder.person, []).append(unit)
    ids = []
    for number, (person, units) in enumerate(held.items()):
        account = request.site.accounts.create(request.vault, login=f"o{number}", kind="owner")
        account.subject_token, account.verified_at = person, clock.now()
        accounts.grant(account, Role.OWNER, community.scope_id)
        for unit in units:
            unit.bind(account.id, person)
        ids.append(account.id)
    return ids


def one_vote(request, account_id, mark):
    """Cast for every right an account still has; returns the area of the ballots."""
    meeting = meeting_of(request)
    account = request.site.accounts[account_id]
    found = []
    for claim in eligibility.claims(meeting, request, account):
        if claim.allowed:
            casting.cast(
                meeting, claim.right.key, {"2026-001": (mark,)}, request, account_id=account_id
            )
            found.append((claim.right.area_of(claim.covered), mark))
    return found


@pytest.mark.clause("SZ-25.1", "EV-8.2.3", "EV-8.4.1")
def test_vote_of_a_whole_community_runs_from_the_roll_to_the_published_result(site, moved_clock):
    city = build_city(site)
    convenor, street = site.logged_in("convenor"), site.logged_in("street")
    confirm(convenor, city)
    path = enter_meeting(convenor, city)
    ids = site.run(everybody)
    moved_clock.forward(minutes=1)
    step(convenor, path, "submit")
    step(street, path, "approve")
    post_notice(convenor, path, "2026-05-06T09:00")
    step(convenor, path, "publish_notice")
    moved_clock.to(at("2026-06-20T09:00"))
    site.drain()
    roll = site.run(lambda request: meeting_of(request).ballot_box.roll)
    assert (roll.heads, roll.area, roll.units) == (HEADS, AREA, UNITS)

    cast = []
    for start in range(0, len(ids), 100):
        chunk = list(enumerate(ids[start : start + 100], start))
        cast += site.run(
            lambda request, part=chunk: [
                vote for n, i in part if n % 6 for vote in one_vote(request, i, MARKS[n % 5])
            ]
        )
        moved_clock.forward(seconds=30)
        site.drain()
    assert len(cast) > HEADS * 2 // 3

    moved_clock.to(at("2026-07-01T18:00"))
    site.drain()
    record = site.run(lambda request: meeting_of(request).result.record)
    assert record["totals"] == [HEADS, AREA]
    assert record["participation"] == [len(cast), sum(area for area, _ in cast)]
    for option in record["motions"][0]["options"]:
        areas = [area for area, mark in cast if mark == option["option"]]
        assert option["votes"] == [len(areas), sum(areas)]
    assert record["motions"][0]["verdict"]["carried"] is True

    step(site.logged_in("convenor"), path, "submit_result")
    step(site.logged_in("street"), path, "review_result")
    post_notice(site.logged_in("convenor"), path, "2026-07-01T18:00")
    step(site.logged_in("convenor"), path, "publish_result")
    assert "通过" in site.browser().get(path + "result").text
    full = site.run(lambda request: packages.package(meeting_of(request), "P2", request.registry))
    report = verify(full)
    assert report.ok, report.text()
    assert report.level == "P2"


def test_cast_writes_no_more_than_a_kilobyte_and_only_its_slot(site, moved_clock):
    from tests.functional.assembly import Assembly

    voting = Assembly(site, moved_clock).open()
    data = site.folder / "db" / "Data.fs"
    for name in ("anna", "bo", "dora", "gao"):
        before = data.stat().st_size
        voting.cast(name, m1=("for",), m2=("against",), m3=("o1", "o2"))
        assert data.stat().st_size - before <= BYTES_PER_BALLOT


def test_cast_through_the_pages_writes_one_object(site, moved_clock):
    from tests.functional.assembly import Assembly
    from tests.functional.voting_steps import vote

    voting = Assembly(site, moved_clock).open()
    vote(site.logged_in("dora"), voting.path, m1="for")
    storage = site.registry._zodb_databases[""].storage
    written = [len(list(one)) for one in storage.iterator(storage.lastTransaction())]
    assert written == [1]
