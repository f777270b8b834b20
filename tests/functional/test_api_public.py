"""What everybody may read through the interface, and what stays hidden."""

import pytest

from content_types.record_file import OPEN, RESTRICTED, Part, capture
from portal import content, workflow
from tests.functional.api_client import BASE, Client
from tests.functional.world import build_city

HERE = "/communities/haitang"


@pytest.fixture
def city(site):
    return build_city(site, register="")


def community(request):
    return request.site["communities"]["haitang"]


def announce(site, title, publish=True, **values):
    def act(request):
        item = content.create("announcement", request, title=title, body="**正文**", **values)
        name = content.add(community(request)["announcements"], item, request)
        if publish:
            workflow.transition(item, "publish", request, system=True)
        return name

    return site.run(act)


def test_every_operation_says_what_it_does_in_both_languages(site):
    for language in ("zh-CN", "en"):
        document = (
            site.browser().get(f"{BASE}/openapi.json", headers={"Accept-Language": language}).json
        )
        assert document["openapi"] == "3.1.0"
        for methods in document["paths"].values():
            for operation in methods.values():
                assert not operation["summary"].startswith("api.op.")
                assert all(status["description"] for status in operation["responses"].values())


def test_page_for_people_lists_every_operation_and_loads_nothing_from_elsewhere(site):
    page = site.browser().get(BASE)
    document = site.browser().get(f"{BASE}/openapi.json").json
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page.text
    loaded = [tag.get("src") or tag.get("href") for tag in page.html.find_all(["script", "link"])]
    assert all(address.startswith("/") for address in loaded)


def test_announcements_come_in_pages_newest_first(site, city, moved_clock):
    for number in range(23):
        announce(site, f"公告{number}")
        moved_clock.forward(minutes=1)
    client = Client(site)
    first = client.get(f"{HERE}/announcements")
    second = client.get(f"{HERE}/announcements", page="2")
    assert (first["total"], first["pages"], len(first["items"])) == (23, 2, 20)
    titles = [line["title"] for line in first["items"] + second["items"]]
    assert titles == [f"公告{number}" for number in reversed(range(23))]
    assert client.get(f"{HERE}/announcements", page="3")["items"] == []


def test_announcement_comes_with_text_safe_html_and_files_that_open(site, city):
    name = announce(site, "停水通知 <b>")
    shown = Client(site).get(f"{HERE}/announcements/{name}")
    assert shown["title"] == "停水通知 <b>"
    assert shown["html"].strip() == "<p><strong>正文</strong></p>"
    assert shown["issuer"] == "海棠花园"


@pytest.mark.clause("v5.0.0-8.2.2")
def test_draft_announcement_is_unknown_to_strangers_and_open_to_its_office(site, city):
    name = announce(site, "草稿", publish=False)
    unknown = Client(site).get(f"{HERE}/announcements/nothing", status=404)
    assert Client(site).get(f"{HERE}/announcements/{name}", status=404) == unknown
    assert Client(site).get(f"{HERE}/announcements")["total"] == 0
    assert Client(site, "street").get(f"{HERE}/announcements/{name}")["state"] == "draft"


@pytest.mark.clause("v5.0.0-8.4.1")
def test_things_of_one_community_are_unknown_below_another(site, city):
    name = announce(site, "公告")

    def second(request):
        other = content.create("community", request, title="玫瑰园", address="玫瑰路 1 号")
        content.add(request.site["communities"], other, request, name="meigui")

    site.run(second)
    client = Client(site)
    assert client.get("/communities")["total"] == 2
    client.get(f"{HERE}/announcements/{name}")
    client.get(f"/communities/meigui/announcements/{name}", status=404)
    assert client.get("/communities/meigui/announcements")["total"] == 0
    # A name of one kind of place opens nothing in another.
    client.get(f"{HERE}/meetings/{name}", status=404)
    client.get("/communities/owners", status=404)
    client.get(f"{HERE}/announcements/__parent__", status=404)


def test_closed_parts_of_a_record_file_are_listed_without_their_address(site, city):
    def file(request):
        archive = community(request)["archives"]
        source = community(request)
        parts = [
            Part("notice", "公示", "a.txt", "text/plain", b"open", OPEN),
            Part("roll", "名册", "b.txt", "text/plain", b"closed", RESTRICTED),
        ]
        item = capture(archive, source, parts, (), request)
        return item.__name__

    name = site.run(file)
    stranger, officer = Client(site), Client(site, "records")
    stranger.get(f"{HERE}/archive/{name}", status=404)  # not yet filed
    site.run(
        lambda request: setattr(community(request)["archives"][name], "workflow_state", "filed")
    )
    paths = [part["path"] for part in stranger.get(f"{HERE}/archive/{name}")["parts"]]
    assert paths[0]
    assert paths[1] is None
    parts = officer.get(f"{HERE}/archive/{name}")["parts"]
    assert all(part["path"] for part in parts)
    body = officer.browser.get(parts[1]["path"], headers=officer.headers, status=200).body
    assert body == b"closed"
    stranger.browser.get(parts[1]["path"], status=404)


def test_search_finds_words_inside_sentences_and_only_what_one_may_open(site, city):
    announce(site, "电梯维修资金使用公告")
    announce(site, "电梯草稿", publish=False)
    site.drain()
    assert [hit["title"] for hit in Client(site).get("/search", q="维修资金")["items"]] == [
        "电梯维修资金使用公告"
    ]
    assert Client(site).get("/search", q="电梯")["total"] == 1
    assert Client(site, "street").get("/search", q="电梯")["total"] == 2
    assert Client(site).get("/search", q="电梯", type="meeting")["total"] == 0
    assert Client(site).get("/search", q="电梯", type="nothing", status=422)["field"] == "type"
    assert Client(site).get("/search", status=422)["field"] == "q"


def test_file_that_is_no_package_is_reported_false_and_no_file_is_refused(site):
    browser = site.browser()
    header = {"Content-Type": "application/octet-stream"}
    report = browser.post(f"{BASE}/verify", b"PK\x03\x04 no package", headers=header).json
    assert not report["ok"]
    assert report["checks"][0]["status"] == "failed"
    refused = browser.post(f"{BASE}/verify", b"", headers=header, status=422)
    assert refused.json["field"] == "upload"
