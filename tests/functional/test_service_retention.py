"""What owners wrote to the service desk goes when its time is over, or with the account."""

from __future__ import annotations

import json

import pytest
from webtest import Upload

from portal import audit
from tests.functional.test_canaries import assert_nothing_of, stored
from tests.functional.test_service import DESK, file_one, haitang, inbox, step
from tests.functional.world import photo

__all__ = ["haitang"]
WORDS = "三楼王家漏水请打电话"
PLACE = "龘靐齉走廊"


def item_of(request):
    return request.site["communities"]["haitang"]["service"]["2026-001"]


def state(site):
    def look(request):
        item = item_of(request)
        said = [entry.get("comment", "") for entry in item.history()]
        actors = {entry["actor"] for entry in item.history()}
        return vars(item) | {"files": len(item.files()), "said": said, "actors": actors}

    return site.run(look)


def finished(site):
    """File a request with a picture, send it back once, and get it done."""
    anna, service = site.logged_in("anna"), site.logged_in("service")
    picture = Upload("a.jpg", photo(), "image/jpeg")
    path = file_one(anna, text=WORDS, place=PLACE, unit=None, picture=picture).location
    step(service, path, "take")
    step(service, path, "finish", "已经联系王家")
    step(anna, path, "reopen", "王家还在漏")
    step(service, path, "take")
    step(service, path, "finish", "换了水管")
    return path


@pytest.mark.clause("PIPL-19")
@pytest.mark.parametrize("confirmed", [True, False])
def test_done_request_loses_text_pictures_unit_and_person_when_its_time_is_over(
    haitang, moved_clock, confirmed
):
    path = finished(haitang)
    if confirmed:
        step(haitang.logged_in("anna"), path, "confirm")
    moved_clock.forward(days=364)
    haitang.drain()
    assert state(haitang)["text"] == WORDS
    assert "保存到" in haitang.logged_in("anna").get(path).text
    moved_clock.forward(days=1, hours=1)
    haitang.drain()
    left = state(haitang)
    assert left["workflow_state"] == "forgotten"
    assert (left["text"], left["place"], left["unit_code"], left["creator"]) == ("", "", "", "")
    assert left["files"] == 0
    assert set(left["said"]) == {""}
    anna = haitang.run(lambda request: request.site.accounts.find(request.vault, "anna").id)
    assert anna not in left["actors"]
    page = haitang.logged_in("service").get(path)
    assert "内容、图片和提出人已经删除" in page.text
    assert "2026-001" in page.text
    for words in (WORDS, PLACE, "王家"):
        assert words not in page.text
    haitang.logged_in("anna").get(path, status=403)
    assert path.removeprefix("http://localhost") not in haitang.logged_in("anna").get(DESK).text
    rows = haitang.logged_in("service").get(DESK + "requests.csv").text
    assert "2026-001" in rows
    assert WORDS not in rows


@pytest.mark.clause("PIPL-19")
def test_request_that_waits_keeps_its_text_however_long_it_waits(haitang, moved_clock):
    anna, service = haitang.logged_in("anna"), haitang.logged_in("service")
    path = file_one(anna, text=WORDS).location
    step(service, path, "take")
    moved_clock.forward(days=800)
    haitang.drain()
    assert state(haitang)["text"] == WORDS


@pytest.mark.clause("EV-4.1.5", "PIPL-47")
def test_closed_account_takes_its_requests_along_even_unfinished_ones(haitang, moved_clock):
    anna = haitang.logged_in("anna")
    path = file_one(anna, text=WORDS).location
    other = file_one(haitang.logged_in("bo"), text="灯不亮").location
    page = anna.get("/me/close")
    assert "投诉报修的内容、图片和提出人" in page.text
    assert "对物业服务的评价" in page.text

    def ask(request):
        from portal import closing

        closing.ask(request, request.site.accounts.find(request.vault, "anna"))

    haitang.run(ask)
    moved_clock.forward(days=8)
    haitang.drain()
    left = state(haitang)
    assert (left["workflow_state"], left["text"], left["creator"]) == ("forgotten", "", "")
    assert "内容已删除" in haitang.logged_in("service").get(path).text
    assert "灯不亮" in haitang.logged_in("service").get(other).text


def test_audit_log_holds_no_word_of_a_request_nor_do_messages_to_the_service(haitang):
    finished(haitang)
    haitang.drain()
    entries = haitang.run(lambda request: json.dumps([*audit.entries(request)], default=str))
    assert "service_request.reopen" in entries
    for words in (WORDS, PLACE, "王家", "换了水管"):
        assert words not in json.loads(json.dumps(entries))
        assert json.dumps(words).strip('"') not in entries
    for message in inbox(haitang, "service"):
        assert WORDS not in repr(message)
    files = stored(haitang.folder)
    assert_nothing_of((WORDS, PLACE), {k: v for k, v in files.items() if "Audit" in k}, "audit")
    assert any("Audit" in name for name in files)


@pytest.mark.clause("EV-11.5.3")
def test_own_data_hold_what_was_asked_and_answered_and_nothing_of_others(haitang):
    finished(haitang)
    file_one(haitang.logged_in("bo"), text="灯不亮")
    data = haitang.logged_in("anna").get("/me/data.json").json
    (one,) = data["requests"]
    assert (one["type"], one["text"], one["place"]) == ("service_request", WORDS, PLACE)
    assert one["files"] == ["a.jpg"]
    said = [(line["step"], line["said"]) for line in one["course"]]
    assert said == [("finish", "已经联系王家"), ("reopen", "王家还在漏"), ("finish", "换了水管")]
    assert "灯不亮" not in json.dumps(data, ensure_ascii=False)
