"""Proxies and co-owners' representatives through the interface: the rules of the pages."""

import hashlib

import pytest

from portal.evidence.verify import verify
from tests.functional.acting_world import (
    ANNA,
    UNKNOWN,
    audited,
    document_of,
    grants_of,
    introduce,
    told,
)
from tests.functional.api_client import BASE, MEETING, Client
from tests.functional.assembly import Assembly

PROXIES = f"{MEETING}/proxies"
VOUCHERS = "/communities/haitang/meetings/2026-001/voucher/"
CHOICES = "/communities/haitang/representatives"
NONCE = "0123456789abcdef" * 2
PRINCIPALS = ("anna", "bo", "dora", "gao")


@pytest.fixture
def voting(open_site, moved_clock):
    assembly = Assembly(open_site, moved_clock).open()
    introduce(assembly, *PRINCIPALS, "chen", "sun")
    return assembly


def authorisation(**changed):
    values = {"phone": "13800000009", "name": "业主sun", "id_kind": "passport"}
    values |= {"id_number": document_of("sun"), "powers": "由受托人自行决定。"}
    return values | {"until": "2026-07-01T10:00:00+08:00"} | changed


def appointed(voting, name, **changed):
    """Let an owner appoint sun, and sun accept; return the appointment."""
    made = Client(voting.site, name).post(PROXIES, authorisation(**changed), status=201)
    voting.clock.forward(seconds=1)
    path = f"{PROXIES}/{made['id']}/steps"
    return Client(voting.site, "sun").post(path, {"step": "accept"})


@pytest.mark.clause("SZ-20.1", "SZ-20.2", "SZ-20.3", "SZ-20.4", "SZ-N6.3")
def test_owner_appoints_and_the_proxy_accepts_and_casts_through_the_interface(voting):
    owner, proxy = Client(voting.site, "anna"), Client(voting.site, "sun")
    assert owner.get(PROXIES)["items"] == []
    made = owner.post(PROXIES, authorisation(), status=201)
    assert (made["side"], made["state"], made["steps"]) == ("given", "offered", ["cancel"])
    (offered,) = proxy.get(PROXIES)["items"]
    assert (offered["side"], offered["steps"]) == ("received", ["accept", "decline"])
    assert offered["written"]["proxy_name"] == "业主sun"
    file = owner.browser.get(f"{BASE}{PROXIES}/{made['id']}/document", headers=owner.headers)
    assert file.content_type == "application/pdf"
    assert hashlib.sha256(file.body).hexdigest() == made["sha256"]
    voting.site.drain()
    assert made["sha256"] in audited(voting, "proxy_appointment.document")
    assert proxy.get(f"{MEETING}/rights")["items"] == []
    taken = proxy.post(f"{PROXIES}/{made['id']}/steps", {"step": "accept"})
    assert taken["state"] == "accepted"
    assert "proxy" in [role for role, _ in grants_of(voting, "sun")]
    voting.site.drain()
    assert audited(voting, "proxy_appointment.accept")
    voting.clock.forward(seconds=1)
    (right,) = [one for one in proxy.get(f"{MEETING}/rights")["items"] if one["allowed"]]
    assert (right["capacity"], right["authority"]) == ("proxy", made["id"])
    ballot = {"right": right["key"], "nonce": NONCE, "choices": {"2026-001": ["for"]}}
    voucher = proxy.post(f"{MEETING}/ballots", ballot, status=201)["voucher"]
    assert voucher["authority"]["number"] == made["id"]
    voting.clock.forward(minutes=1)
    voting.site.drain()
    for client in (owner, proxy):
        found = client.get(f"{MEETING}/vouchers/{right['key']}")
        page = client.browser.get(f"{VOUCHERS}{right['key']}.json", headers=client.headers)
        assert page.json == found
        assert verify(page.body).ok
    assert owner.get(f"{PROXIES}/{made['id']}")["ballots"] == 1
    refused = owner.post(f"{PROXIES}/{made['id']}/steps", {"step": "cancel"}, status=422)
    assert (refused["code"], refused["clause"]) == ("proxy_voted", "SZ-16")


@pytest.mark.clause("SZ-20.4", "SZ-20.5")
def test_owner_withdraws_and_the_ballot_of_the_proxy_is_refused_with_the_clause(voting):
    made = appointed(voting, "anna")
    appointed(voting, "dora")
    proxy = Client(voting.site, "sun")
    rights = proxy.get(f"{MEETING}/rights")["items"]
    (right,) = [one for one in rights if one["authority"] == made["id"]]
    step = {"step": "cancel"}
    refused = proxy.post(f"{PROXIES}/{made['id']}/steps", step, status=403)
    assert refused["clause"] == "SZ-20.4"
    voting.clock.forward(seconds=1)
    ended = Client(voting.site, "anna").post(f"{PROXIES}/{made['id']}/steps", step)
    assert (ended["state"], ended["steps"]) == ("cancelled", [])
    assert "proxy.cancelled" in told(voting, voting.ids["sun"])
    voting.clock.forward(seconds=1)
    ballot = {"right": right["key"], "nonce": NONCE, "choices": {"2026-001": ["for"]}}
    refused = proxy.post(f"{MEETING}/ballots", ballot, status=422)
    assert refused["clause"] == "SZ-20.4"


@pytest.mark.clause("SZ-N6.1")
def test_fourth_principal_of_one_proxy_is_refused_with_the_clause(voting):
    for name in PRINCIPALS[:3]:
        assert appointed(voting, name)["state"] == "accepted"
    refused = Client(voting.site, "gao").post(PROXIES, authorisation(), status=422)
    assert refused["clause"] == "SZ-N6.1"
    assert len(Client(voting.site, "sun").get(PROXIES)["items"]) == 3


WRONG = (
    *((changed, "phone") for changed in UNKNOWN),
    ({"until": "2027-01-01T00:00:00Z"}, "until"),
    ({"until": "2026-07-01T10:00:00"}, "until"),
    ({"until": "0001-01-01T00:00:00+14:00"}, "until"),
    ({"motions": ["2026-009"]}, "motions"),
    ({"id_kind": "library_card"}, "id_kind"),
    (ANNA, "phone"),
)


@pytest.mark.clause("SZ-20.2")
def test_wrong_particulars_are_refused_at_their_field_and_nothing_is_kept(voting):
    client = Client(voting.site, "anna")
    for changed, field in WRONG:
        refused = client.post(PROXIES, authorisation(**changed), status=422)
        assert refused["field"] == field, changed
    assert client.get(PROXIES)["items"] == []
    assert voting.look(lambda m: m.proxies) is None


def test_appointment_is_nobody_elses_and_an_old_log_in_appoints_nobody(voting):
    made = appointed(voting, "anna", motions=["2026-001"])
    assert made["motions"] == ["2026-001"]
    stranger = Client(voting.site, "dora")
    for path in ("", "/document"):
        stranger.get(f"{PROXIES}/{made['id']}{path}", status=404)
    stranger.post(f"{PROXIES}/{made['id']}/steps", {"step": "cancel"}, status=404)
    assert Client(voting.site, "convenor").get(f"{PROXIES}/{made['id']}")["side"] == "other"
    Client(voting.site).get(PROXIES, status=401)
    assert Client(voting.site, "convenor").post(PROXIES, authorisation(), status=422)["clause"]
    voting.clock.forward(minutes=11)
    stranger.post(PROXIES, authorisation(), status=403)


@pytest.mark.clause("C-17")
def test_beijing_offers_no_proxy_and_no_representative_through_the_interface(
    open_site, moved_clock
):
    motions = ({"title": "选聘物业", "matter": "service_company"},)
    beijing = Assembly(open_site, moved_clock, "beijing-2019", motions).open()
    introduce(beijing, "bo", "chen", "sun")
    client = Client(open_site, "bo")
    assert client.post(PROXIES, authorisation(), status=422)["code"] == "proxy_not_offered"
    (unit,) = client.get(CHOICES)["units"]
    wanted = {"unit": unit["unit"], "person": unit["owners"][0]["person"]}
    refused = client.post(CHOICES, wanted, status=422)
    assert (refused["code"], refused["clause"]) == ("representative_not_offered", "BJ-OQ5")


@pytest.mark.clause("SZ-21.1", "SZ-21.2")
def test_co_owners_choose_and_withdraw_a_representative_through_the_interface(voting):
    bo, chen = Client(voting.site, "bo"), Client(voting.site, "chen")
    (unit,) = bo.get(CHOICES)["units"]
    assert [one["name"] for one in unit["owners"] if one["own"]] == ["业主bo"]
    (other,) = [one for one in unit["owners"] if not one["own"]]
    assert other["name"] != "业主chen"
    wanted = {"unit": unit["unit"], "person": other["person"]}
    made = bo.post(CHOICES, wanted, status=201)
    assert (made["state"], made["may_agree"]) == ("proposed", False)
    assert chen.post(CHOICES, wanted, status=409)["clause"] == "SZ-21.1"
    (line,) = chen.get(CHOICES)["items"]
    assert line["may_agree"]
    agreed = chen.post(f"{CHOICES}/{made['id']}/agree", None)
    assert agreed["state"] == "chosen"
    assert all(one["agreed_at"] for one in agreed["owners"])
    chen.post(f"{CHOICES}/{made['id']}/agree", None, status=409)
    refused = bo.get(f"{MEETING}/rights")
    assert (refused["items"][0]["reason"], refused["clause"]) == (
        "representative_chosen",
        "SZ-21.1",
    )
    assert chen.get(f"{MEETING}/rights")["allowed"]
    voting.site.drain()
    assert audited(voting, "coowner_choice.choose")
    voting.clock.forward(seconds=1)
    ended = bo.post(f"{CHOICES}/{made['id']}/steps", {"step": "withdraw"})
    assert ended["state"] == "withdrawn"
    stranger = Client(voting.site, "dora")
    stranger.get(f"{CHOICES}/{made['id']}", status=404)
    stranger.post(CHOICES, wanted, status=404)
    assert stranger.get(CHOICES) == {"units": [], "items": []}
