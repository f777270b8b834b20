"""What each level of a package holds, for whom it is, and what it proves."""

import io
import json
import zipfile

import pytest
from webtest import Upload

from content_types.meeting.evidence import tables
from portal.evidence.recount import recount
from portal.evidence.verify import verify
from tests.functional.assembly import Assembly
from tests.functional.evidence_steps import archive_files, package, statuses


@pytest.mark.clause("EV-8.4.1")
def test_owners_get_the_rooms_that_took_part_and_no_ballot_of_a_rare_area(site, moved_clock):
    voting = Assembly(site, moved_clock).open().cast_four().close()
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
    voting = Assembly(site, moved_clock).open().cast_four().close()
    assert voting.look(lambda m: tables.of_version(m, m.result)).buckets == b""
    assert statuses(package(voting, "P0"))[0]["buckets"] == "not_possible"


@pytest.mark.clause("EV-8.5.2", "SZ-28")
def test_each_level_is_for_its_own_audience_and_exports_of_all_ballots_are_logged(
    site, moved_clock
):
    voting = Assembly(site, moved_clock).open().cast_four().close()
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
    voting = Assembly(site, moved_clock).open().cast_four().close().publish()
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


@pytest.mark.clause("EV-8.4.1")
def test_verification_page_says_what_a_level_does_not_allow(site, moved_clock):
    voting = Assembly(site, moved_clock).open().cast_four().close().publish()
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
