"""The whole way of an owner through the interface, from the log-in to the voucher."""

import json

import pytest

from portal.evidence.verify import verify
from tests.functional.api_client import BASE, MEETING, Client
from tests.functional.assembly import OPENS, Assembly

NONCE = "0123456789abcdef" * 2
CHOICES = {"2026-001": ["for"], "2026-003": ["o1", "o3"]}


def ballot(right, nonce=NONCE, **choices):
    return {"right": right, "nonce": nonce, "choices": choices or CHOICES}


def right_of(client):
    return client.get(f"{MEETING}/rights")["items"][0]["key"]


@pytest.mark.clause("EV-4.1.1")
def test_mini_program_leads_an_owner_from_log_in_to_a_voucher_that_verifies(voting, moved_clock):
    client = Client(voting.site, "anna")
    (unit,) = client.get("/me/units")["items"]
    assert unit["community"] == "haitang"
    assert unit["bound"]
    (line,) = client.get("/communities/haitang/meetings")["items"]
    assert line["state"] == "voting"
    meeting = client.get(f"/communities/haitang/meetings/{line['id']}")
    assert [len(motion["options"]) for motion in meeting["motions"]] == [3, 3, 3]
    assert {one["clause"] for one in meeting["timeline"]} >= {"SZ-12.1"}
    rights = client.get(f"{MEETING}/rights")
    assert rights["allowed"]
    key = rights["items"][0]["key"]
    cast = client.post(f"{MEETING}/ballots", ballot(key), status=201)
    assert cast["voucher"]["promise"]["leaf"] == cast["voucher"]["leaf"]
    moved_clock.forward(minutes=1)
    voting.site.drain()
    response = client.browser.get(
        f"{BASE}{MEETING}/vouchers/{key}", headers=client.headers, status=200
    )
    assert response.json["inclusion"] is not None
    page = client.browser.get(cast["path"] + ".json", headers=client.headers, status=200)
    assert page.json == response.json
    assert verify(page.body).ok
    report = client.browser.post(
        f"{BASE}/verify",
        page.body,
        headers={"Content-Type": "application/octet-stream"},
        status=200,
    ).json
    assert report["ok"]
    assert {"inclusion", "promise"} <= {one["name"] for one in report["checks"]}


@pytest.mark.clause("SZ-16")
def test_the_same_nonce_again_returns_the_same_voucher_and_another_is_refused(voting):
    client = Client(voting.site, "anna")
    key = right_of(client)
    first = client.post(f"{MEETING}/ballots", ballot(key), status=201)
    assert client.post(f"{MEETING}/ballots", ballot(key), status=201) == first
    refused = client.post(f"{MEETING}/ballots", ballot(key, "f" * 32), status=422)
    assert refused["clause"]
    after = client.get(f"{MEETING}/rights")
    assert not after["allowed"]
    assert after["items"][0]["cast"]
    assert after["message"]
    assert after["clause"]


@pytest.mark.clause("SZ-22.2")
def test_co_owner_is_refused_with_reason_and_clause_after_the_first_ballot(voting):
    first, second = Client(voting.site, "bo"), Client(voting.site, "chen")
    key = right_of(first)
    first.post(f"{MEETING}/ballots", ballot(key), status=201)
    answer = second.get(f"{MEETING}/rights")
    assert not answer["allowed"]
    assert answer["clause"]
    refused = second.post(f"{MEETING}/ballots", ballot(key, "e" * 32), status=422)
    assert refused["clause"] == answer["clause"]


@pytest.mark.clause("EV-8.1.2", "EV-8.1.3")
def test_format_identity_and_eligibility_are_refused_with_three_codes_and_nothing_is_kept(voting):
    key = right_of(Client(voting.site, "anna"))

    def unverify(request):
        request.site.accounts[voting.ids["gao"]].verified_at = None

    voting.site.run(unverify)
    told = {}
    for name, change in (("anna", {"2026-001": ["perhaps"]}), ("gao", {}), ("dora", {})):
        data = ballot(key) if name == "dora" else ballot(right_key(voting, name))
        data["choices"] = data["choices"] | change
        told[name] = Client(voting.site, name).post(f"{MEETING}/ballots", data, status=422)
    assert {name: (answer["code"], answer["clause"]) for name, answer in told.items()} == {
        "anna": ("unknown_option", "EV-8.1.3"),
        "gao": ("not_verified", "SZ-9.1"),
        "dora": ("not_owner", "SZ-9.4"),
    }
    assert not voting.look(lambda m: [one for one in m.ballot_box.slots.values() if one.is_cast])


def right_key(voting, name):
    room = {"anna": "101", "gao": "501"}[name]
    return voting.look(lambda m: m.ballot_box.roll.right_of(f"b1/1-{room}").key)


def test_owner_cannot_cast_the_right_of_another_owner(voting):
    key = right_of(Client(voting.site, "anna"))
    client = Client(voting.site, "dora")
    assert client.post(f"{MEETING}/ballots", ballot(key), status=422)["clause"]
    assert client.post(f"{MEETING}/ballots", ballot("r99999"), status=422)["detail"]


def test_who_never_bound_a_unit_is_told_why_he_cannot_vote(voting):
    answer = Client(voting.site, "fang").get(f"{MEETING}/rights")
    assert not answer["allowed"]
    assert answer["message"]


def test_staff_who_own_nothing_are_refused(voting):
    client = Client(voting.site, "convenor")
    assert client.get(f"{MEETING}/rights")["items"] == []
    assert client.post(f"{MEETING}/ballots", ballot("r00001"), status=422)["detail"]


FAULTS = [
    ({"choices": {"2026-001": ["perhaps"]}}, "2026-001"),
    ({"choices": {"2026-001": ["for", "against"]}}, "2026-001"),
    ({"choices": {"2026-003": ["o1", "o2", "o3"]}}, "2026-003"),
    ({"choices": {"2026-009": ["for"]}}, "2026-009"),
    ({"choices": {}}, "2026-001"),
    ({"choices": {"2026-001": "for"}}, "choices.2026-001"),
    ({"choices": {"2026-001": [None]}}, "choices.2026-001.0"),
    ({"choices": {"2026-001": ["for", "for"]}}, None),
    ({"nonce": "short"}, "nonce"),
    ({"nonce": NONCE + "\n"}, "nonce"),
    ({"right": 7}, "right"),
    ({"weight": 100}, "weight"),
]


def test_ballot_with_a_fault_is_refused_at_its_field_and_leaves_the_slot_empty(voting):
    client = Client(voting.site, "anna")
    key = right_of(client)
    for change, field in FAULTS:
        refused = client.post(f"{MEETING}/ballots", ballot(key) | change, status=422)
        assert field in (None, refused["field"]), change
    assert not voting.look(lambda m: m.ballot_box.slots[key].is_cast)


def test_old_log_in_must_be_renewed_before_a_cast(voting, moved_clock):
    client = Client(voting.site, "anna")
    key = right_of(client)
    moved_clock.forward(minutes=11)
    assert "登录" in client.post(f"{MEETING}/ballots", ballot(key), status=403)["detail"]
    Client(voting.site, "anna").post(f"{MEETING}/ballots", ballot(key), status=201)


def test_vote_is_refused_before_its_opening_and_after_its_end(site, moved_clock):
    assembly = Assembly(site, moved_clock).notice()
    client = Client(site, "anna")
    assert not client.get(f"{MEETING}/rights")["allowed"]
    early = client.post(f"{MEETING}/ballots", ballot("r00001"), status=422)
    assert early["clause"]
    assembly.until(OPENS).close()
    late = Client(site, "anna").post(f"{MEETING}/ballots", ballot("r00001"), status=422)
    assert late["clause"]
    assert late["detail"] != early["detail"]


@pytest.mark.clause("SZ-17.3")
def test_voucher_is_unknown_to_everybody_but_the_owners_of_the_right(voting):
    anna = Client(voting.site, "anna")
    key = right_of(anna)
    anna.post(f"{MEETING}/ballots", ballot(key), status=201)
    for login in ("dora", "convenor", "street"):
        other = Client(voting.site, login)
        unknown = other.get(f"{MEETING}/vouchers/nothing", status=404)
        assert other.get(f"{MEETING}/vouchers/{key}", status=404) == unknown
    Client(voting.site).get(f"{MEETING}/vouchers/{key}", status=401)


@pytest.mark.clause("SZ-17.1")
def test_turnout_is_told_to_the_convenor_and_not_to_strangers(voting, moved_clock):
    voting.cast("anna", m1=("for",))
    moved_clock.forward(minutes=1)
    voting.site.drain()
    turnout = Client(voting.site, "convenor").get(f"{MEETING}/turnout")
    assert turnout["ballots"] == 1
    assert turnout["heads"] == {"done": 1, "all": 7, "percent": "14.28"}
    assert turnout["area"]["done"] == 8000
    assert Client(voting.site, "dora").get(f"{MEETING}/turnout", status=403)["detail"]
    Client(voting.site).get(f"{MEETING}/turnout", status=401)


@pytest.mark.clause("SZ-17.3")
def test_result_is_told_to_staff_first_and_to_everybody_once_it_is_published(voting):
    voting.cast("anna", m1=("for",), m3=("o1", "o3"))
    Client(voting.site, "convenor").get(f"{MEETING}/result", status=404)
    voting.close()
    assert Client(voting.site).get(f"{MEETING}/result", status=404)["detail"]
    assert Client(voting.site, "dora").get(f"{MEETING}/result", status=404)["detail"]
    told = Client(voting.site, "convenor").get(f"{MEETING}/result")
    assert [motion["carried"] for motion in told["motions"]] == [False, False, False]
    assert told["record"]["motions"][0]["options"][0] == {"option": "for", "votes": [1, 8000]}
    voting.publish()
    public = Client(voting.site).get(f"{MEETING}/result")
    assert public["digest"] == told["digest"]
    assert public["published_at"]


@pytest.mark.clause("v5.0.0-8.4.1")
def test_draft_of_a_meeting_is_unknown_to_everybody_but_its_convenor(site, moved_clock):
    Assembly(site, moved_clock)
    owner, convenor = Client(site, "anna"), Client(site, "convenor")
    assert owner.get("/communities/haitang/meetings")["items"] == []
    assert len(convenor.get("/communities/haitang/meetings")["items"]) == 1
    hidden = owner.get(MEETING, status=404)
    assert hidden == owner.get(MEETING.replace("001", "777"), status=404)
    for tail in ("/motions", "/rights", "/turnout", "/vouchers/r00001", "/result"):
        assert owner.get(MEETING + tail, status=404) == hidden
    assert convenor.get(MEETING)["state"] == "draft"


def test_no_answer_to_a_stranger_holds_anything_personal(voting):
    site, client = voting.site, Client(voting.site)
    document = client.get("/openapi.json")
    voting.cast("anna", m1=("for",))
    told = "".join(
        client.browser.get(BASE + path, status="*").text
        for path in (
            "/communities",
            "/communities/haitang",
            "/communities/haitang/announcements",
            "/communities/haitang/announcements/2026-001",
            "/communities/haitang/meetings",
            MEETING,
            f"{MEETING}/motions",
            f"{MEETING}/result",
        )
    )
    for secret in ("anna", "id-anna", "13800000000", site.run(lambda r: voting.token(r, "anna"))):
        assert secret not in told
    marked = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if '"x-data-class": "personal"' in json.dumps(operation["responses"])
    }
    assert marked == {
        "session.create",
        "me.show",
        "me.units",
        "messages.list",
        "messages.read",
        "rights.list",
        *(f"proxies.{name}" for name in ("list", "show", "appoint", "step")),
        *(f"representatives.{name}" for name in ("list", "show", "propose", "agree", "step")),
    }
