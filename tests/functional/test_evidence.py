"""Time stamps, the log and its checks while a vote goes on and after it."""

import json

import pypdfium2
import pytest
from webtest import Upload

from content_types.meeting.evidence.checking import check_evidence
from portal import jobs
from tests.authority import Authority
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.conftest import SiteUnderTest
from tests.functional.evidence_steps import archive_files, package, statuses


@pytest.fixture
def stamped(tmp_path, moved_clock):
    """Give a meeting on a site that has its heads stamped, and the authority."""
    authority = Authority(tmp_path / "tsa")
    with authority.serving() as url:
        site = SiteUnderTest(tmp_path, **authority.settings(url))
        yield Assembly(site, moved_clock), authority
        site.close()


def occasions(voting):
    return voting.look(lambda m: [(one.occasion, one.position) for one in m.time_stamps])


@pytest.mark.clause("EV-4.1.4", "EV-8.4.1")
def test_heads_are_stamped_at_opening_daily_at_close_and_at_the_result(stamped):
    voting, _ = stamped
    voting.open()
    voting.clock.forward(hours=1)
    voting.site.drain()
    voting.cast_four()
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
    voting.cast_four()
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
    voting = Assembly(site, moved_clock).open().cast_four().close()
    assert occasions(voting) == []
    found, _ = statuses(package(voting, "P2"))
    assert found["stamps"] == "not_possible"


@pytest.mark.clause("SZ-17.3")
def test_log_is_shown_to_who_voted_and_after_the_vote_to_everybody(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    address = voting.path + "log.json"
    anna, bo, stranger = site.logged_in("anna"), site.logged_in("bo"), site.browser()
    voting.cast("anna", m1=("for",))
    voting.clock.forward(minutes=1)
    site.drain()
    bo.get(address, status=403)
    stranger.get(address, status=403)
    voucher = json.loads(anna.get(voting.path + "voucher/r00001.json").body)
    assert json.loads(anna.get(address).body)["head"]["size"] == 3
    proof = stranger.get(address, {"leaf": voucher["leaf"]["sha256"], "size": "3"}).body
    assert json.loads(proof)["head"]["size"] == 3
    stranger.get(address, {"leaf": "0" * 64}, status=403)
    assert "日志的规模就是投票进度" in bo.get(voting.path + "evidence").text
    voting.close()
    assert json.loads(stranger.get(address, {"size": "3"}).body)["sha256"]


@pytest.mark.clause("EV-7.5.1")
def test_owner_checks_a_ballot_and_an_older_head_now(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    anna = site.logged_in("anna")
    voting.cast("anna", m1=("for",))
    address = voting.path + "ballot-check/r00001"
    assert "稍后再查" in anna.get(address).text
    voting.clock.forward(minutes=1)
    site.drain()
    assert "查验通过" in anna.get(address).text
    voucher = anna.get(voting.path + "voucher/r00001.json").body
    for name in ("bo", "dora", "gao", "eve"):
        site.logged_in(name).get(address, status=404)
    for name in ("bo", "dora", "gao"):
        voting.cast(name, m1=("for",))
    voting.close().publish()
    anna = site.logged_in("anna")
    text = anna.get(address).text
    assert "已计入" in text
    page = anna.get(voting.path + "evidence")
    form = next(form for form in page.forms.values() if "older" in form.fields)

    def upload(data):
        form["older"] = Upload("older.json", data, "application/json")
        return form.submit(expect_errors=True)

    assert "没有被改写" in upload(voucher).text
    head = json.loads(voucher)["head"]
    rewritten = json.dumps({**head, "root_sha256": "0" * 64}).encode()
    assert "警报" in upload(rewritten).text
    assert "另一次投票" in upload(json.dumps({**head, "log": "x"}).encode()).text
    assert "不是凭证" in upload(b"[1]").text

    def exchange(request):
        box = meeting_of(request).ballot_box
        box.slots["r00001"].sealed = box.slots["r00002"].sealed

    site.run(exchange)
    assert "警报" in anna.get(address).text


@pytest.mark.clause("EV-4.1.6")
def test_vote_opens_only_after_the_notary_has_the_roster_that_is_voted_by(open_site, moved_clock):
    voting = Assembly(open_site, moved_clock, profile="generic").notice()
    voting.until(OPENS)
    convenor = open_site.logged_in("convenor")
    assert voting.look(lambda m: m.workflow_state) == "noticed"
    assert "名册尚未提交公证处" in convenor.get(voting.path).text
    page = convenor.get(voting.path + "roster")
    form = next(f for f in page.forms.values() if "prepare-roster" in f.action)
    page = form.submit(status=303).follow()
    archive = archive_files(convenor.get(voting.path + "roster.zip").body)
    assert "业主anna" in archive["roster.csv"].decode("utf-8-sig")
    root = json.loads(archive["roll-commitment.json"])["root_sha256"]
    moved_clock.forward(minutes=5)

    def receipt():
        form = convenor.get(voting.path + "roster").forms["form"]
        form["notary"], form["receipt"] = "南山公证处", "2026-77"
        field = next(name for name in form.fields if name and "received_at" in name)
        form[field] = "2026-06-20T09:05"
        return form.submit("save", expect_errors=True)

    # A unit that changes hands after the hand-over makes it void.
    def change(request):
        unit = voting.unit(request, "402")
        unit.exclusive_area += 1

    open_site.run(change)
    assert "重新封存" in receipt().text
    open_site.run(lambda request: setattr(voting.unit(request, "402"), "exclusive_area", 11_000))
    assert receipt().status_int == 303
    open_site.drain()
    assert voting.look(lambda m: m.workflow_state) == "voting"
    logged = voting.look(lambda m: json.loads(m.ballot_box.log.leaf(1)))
    assert logged["root_sha256"] == root
    voting.cast_four().close()
    data = open_site.logged_in("street").get(voting.path + "package-P2.zip").body
    names = [row["kind"] for row in json.loads(archive_files(data)["documents.json"])["documents"]]
    assert "roster_handover" in names
    assert statuses(data)[0]["documents"] == "ok"


@pytest.mark.clause("EV-7.5.1")
def test_owner_finds_voucher_and_check_of_every_vote_on_one_page(site, moved_clock):
    voting = Assembly(site, moved_clock).open().cast_four()
    anna, eve = site.logged_in("anna"), site.logged_in("eve")
    page = anna.get("/votes")
    assert "我投过的票" in page.text
    assert "看我的选择" not in page.text
    assert "我投过的票" not in eve.get("/votes").text
    assert "1栋1单元101" in page.text
    links = [link["href"] for link in page.html.find_all("a", href=True)]
    (check,) = [link for link in links if "/ballot-check/" in link]
    moved_clock.forward(minutes=1)
    site.drain()
    assert "查验通过" in anna.get(check).text
    voting.close().publish()
    assert "看我的选择" in site.logged_in("anna").get("/votes").text


@pytest.mark.clause("SZ-28")
def test_head_of_the_log_is_printed_on_the_result(site, moved_clock):
    voting = Assembly(site, moved_clock).open().cast_four().close().publish()
    document = pypdfium2.PdfDocument(site.browser().get(voting.path + "result.pdf").body)
    words = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    (head,) = voting.look(lambda m: m.ballot_box.log.heads(last=1))
    flat = "".join(words.split())
    assert head["root_sha256"] in flat
    assert head["root_sm3"] in flat
    assert head["key"] in flat


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_threats_and_limits_are_one_link_away_from_every_page(site, language):
    browser = site.browser()
    links = [a["href"] for a in browser.get("/verify").html.find_all("a", href=True)]
    assert sum(link.endswith("help/threats") for link in links) == 2
    page = browser.get("/help/threats", headers={"Accept-Language": language})
    assert len(page.html.find_all("tr")) == 13


@pytest.mark.clause("SZ-28", "EV-4.1.4")
def test_site_check_finds_a_changed_stamp_and_a_changed_table(stamped):
    voting, _ = stamped
    voting.open().cast_four().close().publish()

    def faults(request):
        return {name.split(" of ")[0]: fault for name, fault in check_evidence(request)}

    def exchange(request):
        meeting = meeting_of(request)
        first, last = meeting.time_stamps[0], meeting.time_stamps[-1]
        meeting.time_stamps = (first._replace(position=last.position),)
        part = meeting.tables[-1]
        rooms = part.participation.replace(b'"voted":true', b'"voted":false', 1)
        meeting.tables = (part._replace(participation=rooms),)

    assert voting.site.run(faults) == {"time stamps": "", "package": ""}
    voting.site.run(exchange)
    found = voting.site.run(faults)
    assert "Mismatch" in found["time stamps"]
    assert "participation" in found["package"]
