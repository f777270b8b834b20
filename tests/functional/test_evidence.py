"""Time stamps, levels of publication and what each level proves, by the Shenzhen rules."""

import io
import json
import zipfile

import pypdfium2
import pytest
from webtest import Upload

from content_types.meeting import packages
from content_types.meeting.evidence import tables
from content_types.meeting.evidence.checking import check_evidence
from portal import jobs
from portal.evidence.recount import recount
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


def archive_files(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def occasions(voting):
    return voting.look(lambda m: [(one.occasion, one.position) for one in m.time_stamps])


@pytest.mark.clause("EV-4.1.4", "EV-8.4.1")
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


@pytest.mark.clause("EV-10.8.1", "EV-8.5.1")
def test_fewer_ballots_than_a_group_publish_nothing_but_the_result(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close()
    assert voting.look(lambda m: tables.of_version(m, m.result)).buckets == b""
    assert statuses(package(voting, "P0"))[0]["buckets"] == "not_possible"


@pytest.mark.clause("EV-8.5.2", "SZ-28")
def test_each_level_is_for_its_own_audience_and_exports_of_all_ballots_are_logged(
    site, moved_clock
):
    voting = vote(Assembly(site, moved_clock).open()).close()
    convenor, street, anna = map(site.logged_in, ("convenor", "street", "anna"))
    stranger = site.browser()
    one, two = voting.path + "package-P1.zip", voting.path + "package-P2.zip"
    stranger.get(voting.path + "result.zip", status=404)
    for browser in (stranger, anna, convenor):
        browser.get(one, status=403)
        browser.get(two, status=403)
    voting.publish()
    assert verify(anna.get(one).body).level == "P1"
    for browser in (anna, convenor, stranger):
        browser.get(two, status=403)
    stranger.get(one, status=403)
    assert verify(street.get(two).body).level == "P2"
    page = anna.get(voting.path + "evidence").text
    assert "package-P1.zip" in page
    assert "package-P2.zip" not in page
    assert "没有外部时间戳" in page
    site.drain()

    def exports(request):
        from portal.audit import entries

        return [e for e in entries(request) if e["action"] == "meeting.notary_package"]

    assert len(site.run(exports)) == 1


@pytest.mark.clause("EV-4.1.4", "SZ-27")
def test_notary_package_is_the_same_each_time_and_holds_the_documents(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close().publish()
    street = site.logged_in("street")
    address = voting.path + "package-P2.zip"
    data = street.get(address).body
    assert street.get(address, headers={"Accept-Language": "en"}).body == data
    found, _ = statuses(data)
    assert (found["documents"], found["recount"], found["units"]) == ("ok", "ok", "ok")
    files = archive_files(data)
    kinds = {row["kind"] for row in json.loads(files["documents.json"])["documents"]}
    assert {"settings", "posting", "result_posting", "binding_list"} <= kinds
    manifest = json.loads(files["manifest.json"])
    assert all(row["sm3"].startswith("sm3:") for row in manifest["files"])
    # An installation that holds nothing but this archive comes to the same result.
    assert recount(data) == voting.look(lambda m: m.result.record)


@pytest.mark.clause("EV-8.4.1")
def test_owner_gets_a_certificate_of_the_own_voting_right_only(site, moved_clock):
    voting = Assembly(site, moved_clock).open()
    dora = site.logged_in("dora")
    links = dora.get(voting.path + "evidence").html.find_all("a", href=True)
    (own,) = [link["href"] for link in links if "/voting-right/" in link["href"]]
    assert "150.00" in dora.get(own).text
    data = dora.get(own + ".json").body
    report = verify(data)
    assert report.ok, report.text()
    assert {row["entry"]["area"] for row in json.loads(data)["entries"]} == {10_000, 5000}
    key = site.registry.signer.key_id
    assert verify(data, trusted=(key,)).ok
    site.logged_in("anna").get(own, status=404)
    site.browser().get(own, status=404)
    changed = data.replace(b'"area":10000', b'"area":20000')
    assert {row["name"] for row in verify(changed).failures} == {"seal", "roll_proof"}


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
    vote(voting).close()
    data = open_site.logged_in("street").get(voting.path + "package-P2.zip").body
    names = [row["kind"] for row in json.loads(archive_files(data)["documents.json"])["documents"]]
    assert "roster_handover" in names
    assert statuses(data)[0]["documents"] == "ok"


@pytest.mark.clause("EV-7.5.1")
def test_owner_finds_voucher_and_check_of_every_vote_on_one_page(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open())
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
    voting = vote(Assembly(site, moved_clock).open()).close().publish()
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


@pytest.mark.clause("EV-8.4.1")
def test_verification_page_says_what_a_level_does_not_allow(site, moved_clock):
    voting = vote(Assembly(site, moved_clock).open()).close().publish()
    browser = site.browser()
    data = browser.get(voting.path + "result.zip").body
    form = next(f for f in browser.get("/verify").forms.values() if "package" in f.fields)
    form["package"] = Upload("p.zip", data, "application/zip")
    page = form.submit()
    assert "没有检查的项目和原因" in page.text
    skipped = page.html.find("details").get_text(" ", strip=True)
    assert "时间戳针对各日志头" in skipped
    assert "每一分组与其中选票一致" in skipped
    certificate = site.logged_in("anna").get(voting.path + "voting-right/r00001.json").body
    form["package"] = Upload("right.json", certificate, "application/json")
    assert "房屋在名册中" in form.submit().text


@pytest.mark.clause("SZ-28", "EV-4.1.4")
def test_site_check_finds_a_changed_stamp_and_a_changed_table(stamped):
    voting, _ = stamped
    vote(voting.open()).close().publish()

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
