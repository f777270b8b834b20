"""Files whose retention has ended: appraised, approved by another, destroyed with a proof."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from content_types.record_file import Part, capture, decide
from portal import content
from portal.clock import now
from portal.evidence.keys import verify_record
from tests.functional.test_office_request import step
from tests.functional.world import build_city

ARCHIVE = "/communities/haitang/archives/"


@pytest.fixture
def city(open_site):
    """Return a site with three filed records, the oldest two of them due."""
    build_city(open_site, register="")

    def file_them(request):
        community = request.site["communities"]["haitang"]
        for number, year in enumerate((2010, 2011, 2025), 1):
            opens = now() + timedelta(days=40)
            meeting = content.create(
                "meeting",
                request,
                title=f"会议 {number}",
                place="会所",
                voting_opens_at=opens,
                voting_closes_at=opens + timedelta(days=5),
            )
            content.add(community["meetings"], meeting, request)
            parts = [Part("notice", "公示", "a.txt", "text/plain", b"kept words")]
            record = capture(community["archives"], meeting, parts, (), request)
            record.ended_on = date(year, 3, 1)
            decide(record, "GG.TZ", 10, request)
            record.workflow_state = "filed"

    open_site.run(file_them)
    return open_site


def give(browser, opinions, status=303):
    """Fill in the list; ``opinions`` is by row: opinion, years, reason."""
    form = browser.get(f"{ARCHIVE}appraise").forms["appraisal"]
    names = [name for name in form.fields if name and name.startswith("opinion-")]
    for name, (opinion, years, reason) in zip(names, opinions, strict=False):
        oid = name.partition("-")[2]
        form[name], form[f"years-{oid}"], form[f"reason-{oid}"] = opinion, years, reason
    return form.submit(status=status)


def record(site, name):
    return site.run(
        lambda request: dict(
            vars(request.site["communities"]["haitang"]["archives"][name]),
            ends=request.site["communities"]["haitang"]["archives"][name].retention_ends,
        )
    )


@pytest.mark.clause("R15", "R16")
def test_due_files_are_destroyed_by_two_persons_with_a_signed_certificate(city):
    keeper, street = city.logged_in("records"), city.logged_in("street")
    page = keeper.get(f"{ARCHIVE}appraise")
    assert len(page.html.select("fieldset")) == 2
    for wrong in (("destroy", "", ""), ("extend", "0", "理由"), ("extend", "x", "理由")):
        give(keeper, [wrong], status=422)
    give(keeper, [], status=422)
    path = give(keeper, [("destroy", "", "无保存价值"), ("extend", "5", "仍有人查阅")]).location
    path = path.removeprefix("http://localhost")
    assert "没有到期的案卷" in keeper.get(f"{ARCHIVE}appraise").text
    step(keeper, path, "approve", status=403)
    assert path in street.get("/queue").text
    step(street, path, "approve")
    step(street, path, "carry_out", status=403)
    step(keeper, path, "carry_out")
    gone, longer = record(city, "2026-001"), record(city, "2026-002")
    assert gone["destroyed_at"] is not None
    assert gone["ends"] is None
    assert not list(gone["_files"])
    assert [entry.title for entry in gone["entries"]] == ["公示"]
    assert longer["retention_years"] == 15
    assert longer["ends"] == date(2026, 3, 1)
    certificate = city.browser().get(f"{ARCHIVE}2026-001/destruction.json").json
    assert verify_record(certificate["signer"], certificate)
    assert not verify_record(certificate["signer"], certificate | {"list": "2026-999"})
    assert certificate["files"][0]["manifest_sha256"] == gone["manifest_digest"]
    assert certificate["proposed_by"] != certificate["approved_by"]
    page = city.browser().get(f"{ARCHIVE}2026-001")
    assert "已于" in page.text
    city.browser().get(f"{ARCHIVE}2026-001/part/1", status=404)

    def faults(request):
        archive = request.site["communities"]["haitang"]["archives"]
        return archive["2026-001"].faults(request.vault)

    assert city.run(faults) == []


@pytest.mark.clause("R17")
def test_open_objection_or_complaint_holds_its_file(city):
    keeper, street = city.logged_in("records"), city.logged_in("street")
    path = give(keeper, [("destroy", "", "期满")]).location.removeprefix("http://localhost")

    def object_to(request):
        meeting = request.site["communities"]["haitang"]["meetings"]["2026-001"]
        objection = content.create("objection", request)
        content.add(meeting, objection, request)

    city.run(object_to)
    assert "未办结" in step(street, path, "approve", status=409).text
    step(street, path, "return", comment="先处理异议")
    page = keeper.get(f"{ARCHIVE}appraise")
    assert "不能销毁" in page.text
    assert "未办结" in give(keeper, [("destroy", "", "期满")], status=409).text
    path = give(keeper, [("keep", "", "有争议，长期保存")]).location
    assert path


def test_person_without_the_role_appraises_nothing(city):
    for login in ("convenor", "street"):
        city.logged_in(login).get(f"{ARCHIVE}appraise", status=403)
    city.logged_in("records").get("/communities/haitang/meetings/appraise", status=404)


@pytest.mark.clause("R15")
def test_records_officer_is_told_on_the_first_of_a_month(city, moved_clock):
    moved_clock.forward(days=26)
    city.drain()
    assert "保管期满" in city.logged_in("records").get("/messages").text
