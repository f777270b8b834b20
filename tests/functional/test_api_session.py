"""Who calls the interface, and how strictly a request is read."""

import json

import pytest

from portal import notify
from portal.ratelimit import LIMITS
from tests.functional.api_client import BASE, Client, sound
from tests.functional.conftest import PASSWORD

LOGIN = {"login": "anna", "password": PASSWORD}


@pytest.fixture
def anna(site):
    return site.make_account("anna", kind="owner")


def send(site, raw, content_type="application/json", path="/session", status=400):
    response = site.browser().post(
        BASE + path, raw, headers={"Content-Type": content_type}, status=status
    )
    return sound(response)


def test_log_in_gives_a_token_that_opens_ones_own_things_and_ends(site, anna):
    client = Client(site, "anna")
    me = client.get("/me")
    assert (me["id"], me["name"], me["kind"]) == (anna, "anna", "owner")
    client.delete("/session")
    assert "登录" in client.get("/me", status=401)["title"]


def test_stranger_is_told_to_log_in_with_a_token(site):
    response = site.browser().get(f"{BASE}/me", status=401)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json["status"] == 401


@pytest.mark.parametrize("header", ["Bearer no-such-token", "Bearer ", "Basic YW5uYTpx", "x"])
def test_token_that_is_not_valid_opens_nothing_not_even_public_things(site, header):
    response = site.browser().get(
        f"{BASE}/communities", headers={"Authorization": header}, status=401
    )
    assert response.json["detail"]


def test_wrong_name_and_wrong_password_get_the_same_answer(site, anna):
    client = Client(site)
    wrong = client.post("/session", LOGIN | {"password": "wrong"}, status=401)
    unknown = client.post("/session", LOGIN | {"login": "nobody"}, status=401)
    assert wrong == unknown


def test_account_is_locked_after_wrong_passwords_through_the_interface(site, anna):
    client = Client(site)
    for _ in range(5):
        client.post("/session", LOGIN | {"password": "wrong"}, status=401)
    known = client.post("/session", LOGIN, status=401)
    # The answer tells nobody whether there is such an account.
    assert known == client.post("/session", LOGIN | {"login": "nobody"}, status=401)


@pytest.mark.clause("v5.0.0-2.4.1")
def test_log_in_is_limited_per_address_and_says_when_to_come_back(site, anna):
    client = Client(site)
    tries = int(LIMITS["login"].partition("/")[0])
    for number in range(tries):
        client.post("/session", LOGIN | {"login": f"nobody{number}"}, status=401)
    response = client.browser.post_json(f"{BASE}/session", LOGIN, status=429)
    assert int(response.headers["Retry-After"]) > 0
    assert sound(response)["detail"]


def test_calls_are_limited_per_address(tmp_path, moved_clock):
    from tests.functional.conftest import SiteUnderTest

    site = SiteUnderTest(tmp_path, **{"yitang.limit.api": "3/minute"})
    try:
        client = Client(site)
        for _ in range(3):
            client.get("/communities")
        assert client.get("/communities", status=429)["status"] == 429
    finally:
        site.close()


def test_second_factor_is_asked_for_and_each_code_counts_once(site, moved_clock):
    from portal import totp

    account_id = site.make_account("street")
    secret = totp.new_secret()
    site.run(
        lambda request: totp.install(request.vault, request.site.accounts[account_id], secret, 0)
    )
    login = {"login": "street", "password": PASSWORD}
    client = Client(site)
    assert client.post("/session", login, status=401)["field"] == "code"
    client.post("/session", login | {"code": "000000"}, status=401)
    code = totp._totp(secret).generate(int(moved_clock().timestamp())).decode()
    client.post("/session", login | {"code": code}, status=201)
    client.post("/session", login | {"code": code}, status=401)


def test_first_password_must_be_changed_on_the_pages(site, anna):
    def ask(request):
        request.site.accounts[anna].must_change_password = True

    site.run(ask)
    assert Client(site).post("/session", LOGIN, status=403)["field"] == "password"


@pytest.mark.clause("v5.0.0-3.5.1")
def test_session_of_a_browser_changes_nothing_without_its_csrf_token(site, anna):
    browser = site.logged_in("anna")
    assert browser.get(f"{BASE}/me").json["id"] == anna
    refused = browser.delete(f"{BASE}/session", status=400)
    assert refused.content_type == "application/problem+json"
    token = browser.get("/").html.find("input", {"name": "csrf_token"})["value"]
    browser.delete(f"{BASE}/session", headers={"X-CSRF-Token": token}, status=204)


def test_message_of_another_person_is_as_unknown_as_none(site, anna):
    site.make_account("bo", kind="owner")

    def tell(request):
        notify.send(
            request,
            anna,
            "vote.reminder",
            {"unit": "1栋101", "title": "会议", "end": "明天"},
            link="/",
        )

    site.run(tell)
    mine = Client(site, "anna")
    (message,) = mine.get("/messages")["items"]
    assert message["read_at"] is None
    other = Client(site, "bo")
    assert other.get("/messages")["items"] == []
    unknown = other.post("/messages/nothing/read", None, status=404)
    assert other.post(f"/messages/{message['id']}/read", None, status=404) == unknown
    assert mine.post(f"/messages/{message['id']}/read", None)["read_at"]
    assert mine.get("/me")["unread"] == 0


@pytest.mark.clause("v5.0.0-15.3.3")
@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "login"),
        ({"login": "anna"}, "password"),
        (LOGIN | {"kind": "staff"}, "kind"),
        (LOGIN | {"login": 5}, "login"),
        (LOGIN | {"login": None}, "login"),
        (LOGIN | {"login": ["anna"]}, "login"),
        (LOGIN | {"login": "x" * 81}, "login"),
        (LOGIN | {"login": ""}, "login"),
        (LOGIN | {"password": "x" * 129}, "password"),
        (LOGIN | {"__proto__": {}}, "__proto__"),
    ],
)
def test_field_that_is_wrong_or_unknown_is_named(site, data, field):
    assert Client(site).post("/session", data, status=422)["field"] == field


@pytest.mark.parametrize("data", [[], "text", 1, None, True])
def test_body_that_is_no_object_is_refused(site, data):
    Client(site).post("/session", data, status=422)


@pytest.mark.clause("v5.0.0-1.1.1")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"login": "a\xc3"}',
        b'{"login": "a", "login": "b"}',
        b'{"login": "\\ud800"}',
        b'{"login": "a\\u0000"}',
        b'{"\\ud800": 1}',
        b'{"login": NaN}',
        b'{"login": Infinity}',
        b'{"login": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"login=anna&password=x",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_sound_json_is_refused(site, raw):
    assert "JSON" in send(site, raw)["detail"]


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"],
)
def test_other_media_type_is_refused(site, media_type):
    send(site, json.dumps(LOGIN).encode(), media_type, status=415)


def test_body_that_is_too_large_is_refused(site):
    body = b'{"login": "' + b"a" * 300_000 + b'"}'
    send(site, body, status=413)


@pytest.mark.clause("v5.0.0-15.3.7")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=1&page=2", 400),
        ("page=%ff", 400),
        ("page=0", 422),
        ("page=-1", 422),
        ("page=x", 422),
        ("page=1.5", 422),
        ("page=99999999999999999999999", 422),
        ("page=%D9%A1", 422),
        ("page=", 422),
        ("admin=1", 422),
        ("page%5B%5D=1", 422),
    ],
)
def test_odd_query_is_refused(site, query, status):
    response = site.browser().get(f"{BASE}/communities?{query}", status=status)
    assert sound(response)["status"] == status


def test_method_that_an_address_does_not_have_is_refused_with_the_right_ones(site):
    response = site.browser().put_json(f"{BASE}/session", {}, status=405)
    assert response.headers["Allow"] == "DELETE, POST"
    site.browser().post_json(f"{BASE}/communities", {}, status=405)


def test_unknown_address_is_a_problem_document(site):
    for path in ("/nothing", "/communities/x/y/z", "/../me", "/%00", "/communities/%2e%2e"):
        response = site.browser().get(BASE + path, status=404)
        assert response.content_type == "application/problem+json"


def test_refusals_speak_the_language_of_the_caller(site):
    response = site.browser().get(f"{BASE}/me", headers={"Accept-Language": "en"}, status=401)
    assert response.json["title"] == "Please log in"
