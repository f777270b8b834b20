"""Trustees share the keys of the ballots: named, rehearsed, asked for their keys, and counted."""

import base64
import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from content_types.meeting.packages import package
from portal.evidence import seal, trustee
from portal.evidence.canonical import EvidenceError, digest
from portal.evidence.verify import verify
from portal.security import Role
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.test_canaries import stored
from tests.unit.evidence.test_second_verifier import second

CHOICES = {
    "anna": {"m1": ("for",), "m2": ("for",), "m3": ("o1", "o2")},
    "bo": {"m1": ("for",), "m2": ("against",)},
    "gao": {"m1": ("against",), "m2": ("for",), "m3": ("o2",)},
}
SEATS = {
    "convenor": ("convenor",),
    "street_office": ("street",),
    "scrutineers": ("monitor1", "monitor2", "monitor3"),
}
LOGINS = [login for logins in SEATS.values() for login in logins]


class Trustees(Assembly):
    """A meeting whose trustees do everything with the tool, in files of their own."""

    def __init__(self, site, moved_clock, folder):
        super().__init__(site, moved_clock)
        self.folder, self.browsers = folder, {}
        scope = site.run(lambda request: meeting_of(request).community.scope_id)
        for login in (*SEATS["scrutineers"], "notary"):
            grants = [] if login == "notary" else [(Role.SCRUTINEER, scope)]
            site.make_account(login, *grants)
        self.notice()

    def browser(self, login):
        """Return a browser that proved who it is minutes ago; a login is asked for only then."""
        browser, since = self.browsers.get(login, (None, None))
        if browser is None or self.clock.instant - since > timedelta(minutes=5):
            browser, since = self.site.logged_in(login), self.clock.instant
            self.browsers[login] = (browser, since)
        return browser

    def page(self, login):
        return self.browser(login).get(self.path + "trustees")

    def send(self, login, step, status=303, **values):
        """Fill in the form of a step on the page of a trustee."""
        page = self.page(login)
        for form in page.forms.values():
            if any(b.value_if_submitted() == step for b in form.fields.get("step", [])):
                for name, value in values.items():
                    form[name] = value
                return form.submit("step", index=0, status=status)
        raise AssertionError(f"{login} has no step {step}")

    def name(self, **more):
        page = self.page("convenor")
        form = next(f for f in page.forms.values() if "convenor" in f.fields)
        for group, logins in {**SEATS, **more}.items():
            for place, login in enumerate(logins):
                form.set(group, self.account(login), index=place)
        return form.submit("step", index=0, status=303)

    def account(self, login):
        return self.site.run(lambda request: request.site.accounts.find(request.vault, login).id)

    def key(self, login):
        return str(self.folder / f"{login}.key")

    def make(self, login):
        self.send(login, "key", public=trustee.new_key(self.key(login), login))

    def answer(self, login):
        page = self.page(login)
        test = page.click(href="trustee-test.json").json
        return trustee.answer(trustee.load_key(self.key(login), login), test)

    def private(self, login):
        return trustee.load_key(self.key(login), login).private_bytes_raw().hex()

    def rehearse(self, *logins):
        for login in logins:
            self.make(login)
            self.send(login, "answer", answer=self.answer(login))

    def vote(self):
        self.clock.to(max(self.clock.instant, at(OPENS)))
        self.clock.forward(seconds=6)
        self.site.drain()
        for name, choices in CHOICES.items():
            self.cast(name, **choices)
        self.clock.forward(seconds=60)
        self.site.drain()

    def state(self):
        return self.look(lambda m: m.workflow_state)


@pytest.fixture
def meeting(site, moved_clock, tmp_path):
    return Trustees(site, moved_clock, tmp_path)


def keys_in(folder, files):
    """Return every 32 bytes that a thief of database and server keys would try as a key."""
    for name, data in files.items():
        if "keys" in name:
            yield from (data[at : at + 32] for at in range(len(data) - 31))
        for text in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", data):
            yield bytes.fromhex(text.decode())


@pytest.mark.clause("EV-4.1.9", "EV-8.5.2", "EV-11.2.3")
def test_ballots_open_only_with_the_keys_of_two_groups(meeting):  # noqa: PLR0915 - one story
    meeting.name()
    meeting.clock.forward(minutes=2)
    meeting.site.drain()
    inbox = meeting.browser("monitor2").get("/messages").text
    assert "请准备选票密钥" in inbox
    assert "未提交公钥" in meeting.site.browser().get(meeting.path + "trustees").text
    tool = meeting.browser("street").get(meeting.path + "trustee.html")
    assert digest(tool.body) in meeting.page("street").text
    meeting.rehearse("convenor", "street", "monitor1", "monitor2")
    meeting.make("monitor3")
    meeting.send("monitor3", "answer", 422, answer="00" * 16)
    assert "还没有准备好的托管人：监票人 3。" in meeting.site.browser().get(meeting.path).text

    # The vote does not open while one of them has not proven his key, and says who.
    meeting.until(OPENS)
    assert meeting.state() == "noticed"
    assert "监票人 3" in meeting.browser("convenor").get(meeting.path).text
    meeting.send("monitor3", "answer", answer=meeting.answer("monitor3"))
    meeting.vote()
    assert meeting.state() == "voting"
    assert "任意 2 方一起才能开启" in meeting.browser("dora").get(meeting.path).text
    assert "任意 2 方一起才能开启" in meeting.browser("dora").get(meeting.path + "vote").text
    meeting.browser("convenor").post(meeting.path + "trustees", status=400)

    # A thief of everything the server has finds no key that opens a share.
    files = {
        str(path): path.read_bytes() for path in meeting.site.folder.rglob("*") if path.is_file()
    }
    sealing = meeting.look(lambda m: m.ballot_box.sealing)
    public = {key["public"] for group in sealing["groups"] for key in group["keys"]}
    tried = set(keys_in(meeting.site.folder, files))
    assert len(tried) > 50
    assert public.isdisjoint({seal.public_of(raw.hex())["public"] for raw in tried})
    for login in LOGINS:
        raw = bytes.fromhex(meeting.private(login))
        for way in (raw, raw.hex().encode(), base64.b64encode(raw)):
            assert not any(way in data for data in files.values())
    lines = stored(meeting.site.folder)
    assert not any(b'"choices":{' in data for data in lines.values())

    # After the close nothing is counted until two groups have handed in their keys.
    meeting.close()
    assert meeting.state() == "counting"
    page = meeting.browser("convenor").get(meeting.path).text
    assert "等待托管人交出私钥：召集人、街道办事处、监票人 1" in page
    meeting.clock.forward(seconds=61)
    meeting.site.drain()
    assert "请交出选票密钥" in meeting.browser("street").get("/messages").text
    assert "等待托管人交出私钥" in meeting.browser("convenor").get("/cockpit").text
    wrong = meeting.send("monitor1", "release", 422, private=meeting.private("monitor2"))
    assert "不是公钥" in wrong.text
    meeting.send("monitor1", "release", private=meeting.private("monitor1"))
    meeting.send("monitor2", "release", private=meeting.private("monitor2"))
    meeting.site.drain()
    assert meeting.state() == "counting"

    def attack(request):
        meeting_of(request).ballot_box.opener(request.registry.kek)

    with pytest.raises(EvidenceError, match="fewer keys"):
        meeting.site.run(attack)
    assert "等待托管人交出私钥：召集人、街道办事处、监票人 3" in meeting.page("convenor").text
    meeting.send("street", "release", private=meeting.private("street"))
    meeting.site.drain()
    assert meeting.state() == "counted"
    record = meeting.look(lambda m: m.result.record)
    assert record["participation"] == [3, 8000 + 9000 + 4000]
    assert any_two_groups_count_the_same(meeting) == 7

    # The package for auditors holds the keys; the public one only their digest.
    def packages(request):
        item = meeting_of(request)
        return [package(item, level, request.registry) for level in ("P0", "P2")]

    public_package, full = meeting.site.run(packages)
    private = meeting.private("street").encode()
    assert private in full
    assert private not in public_package
    assert verify(full).ok
    assert [c["status"] for c in verify(full).checks if c["name"] == "openings"] == ["ok"]


def any_two_groups_count_the_same(meeting):
    """Count with every permitted set of keys as it is least; return how many sets there are."""
    box_of = meeting.look(lambda m: (m.ballot_box.sealing, m.ballot_box.profile_digest))
    envelopes = meeting.look(lambda m: [env for _, _, env in m.ballot_box.envelopes()])
    sealing, profile = box_of
    privates = {
        seal.public_of(meeting.private(login))["key"]: meeting.private(login) for login in LOGINS
    }
    found, sets = set(), 0
    for size in (2, 3, 4):
        for keys in itertools.combinations(privates, size):
            least = not any(seal.opens(sealing, [k for k in keys if k != left]) for left in keys)
            if seal.opens(sealing, list(keys)) and least:
                rows = [{"key": key, "private": privates[key]} for key in keys]
                opener = seal.opener(sealing, seal.releases_record("m", rows))
                ballots = [seal.open_ballot(one, opener, profile) for one in envelopes]
                found.add(str(ballots))
                sets += 1
    assert len(found) == 1
    return sets


@pytest.mark.clause("EV-8.6.1")
def test_too_many_lost_keys_are_said_plainly_and_a_spare_of_the_notary_helps(meeting):
    meeting.name(notary=("notary",))
    meeting.rehearse(*LOGINS, "notary")
    meeting.vote()
    meeting.send("convenor", "lost")
    meeting.send("street", "lost")
    meeting.close()
    assert "等待托管人交出私钥" in meeting.page("convenor").text
    for login in ("monitor1", "monitor2"):
        meeting.send(login, "lost")
    page = meeting.site.browser().get(meeting.path).text
    assert "本次投票无法计票" in page
    # A copy turns up, and the notary has his share.
    meeting.send("monitor1", "release", private=meeting.private("monitor1"))
    meeting.send("monitor3", "release", private=meeting.private("monitor3"))
    assert "本次投票无法计票" not in meeting.site.browser().get(meeting.path).text
    # The notary cannot log in; the street office enters the key he brings, and no other text.
    page = meeting.page("street")
    bring = [f for f in page.forms.values() if "private" in f.fields][-1]
    bring["private"] = "ab" * 32
    assert "不是公钥" in bring.submit("step", index=0, status=422).text
    bring["private"] = meeting.private("notary")
    bring.submit("step", index=0, status=303)
    assert meeting.look(lambda m: m.trustees[-1].released_at)
    meeting.site.drain()
    assert meeting.state() == "counted"


def test_trustees_are_named_only_by_role_once_each_and_not_after_the_opening(meeting):
    page = meeting.page("convenor")
    assert "没有设托管人" in page.text
    form = next(f for f in page.forms.values() if "convenor" in f.fields)
    form.set("convenor", meeting.account("convenor"))
    assert "席位要全部选定" in form.submit("step", index=0, status=422).text
    form.set("street_office", meeting.account("street"))
    for place in range(3):
        form.set("scrutineers", meeting.account("monitor1"), index=place)
    assert "只能占一个席位" in form.submit("step", index=0, status=422).text
    form["street_office"].force_value(meeting.account("monitor1"))
    for place in range(3):
        form.set("scrutineers", meeting.account(f"monitor{place + 1}"), index=place)
    assert form.submit("step", index=0, status=422)
    meeting.name()
    meeting.make("convenor")
    assert "有效的公钥" in meeting.send("street", "key", 422, public="00" * 32).text
    used = meeting.look(lambda m: m.trustees[0].public)
    assert "已经用了" in meeting.send("street", "key", 422, public=used).text
    # The convenor gives up trustees: the vote opens with the server's own key and says so.
    form = next(f for f in meeting.page("convenor").forms.values() if "convenor" in f.fields)
    for group, logins in SEATS.items():
        for place, _ in enumerate(logins):
            form.set(group, "", index=place)
    form.submit("step", index=0, status=303)
    meeting.until(OPENS)
    assert meeting.state() == "voting"
    assert "密封给服务器的计票密钥" in meeting.browser("dora").get(meeting.path + "vote").text
    assert not meeting.look(lambda m: m.ballot_box.has_trustees)
    assert at(CLOSES) > at(OPENS)


@pytest.mark.clause("EV-7.4.3", "EV-11.2.3")
def test_profile_chooses_the_cipher_and_visible_figures_leave_no_trustees(
    site, moved_clock, tmp_path
):
    profiles = site.registry.profiles
    rules = profiles["shenzhen-draft-2019"]
    shown = replace(
        rules,
        ballot_suite=replace(rules.ballot_suite, value="sm4gcm"),
        interim_option_tally=replace(rules.interim_option_tally, value="visible"),
        ballot_trustees=replace(
            rules.ballot_trustees, value=replace(rules.ballot_trustees.value, use="none")
        ),
    )
    site.registry.profiles = {**profiles, rules.id: shown}
    meeting = Assembly(site, moved_clock).notice()
    convenor = site.logged_in("convenor")
    page = convenor.get(meeting.path + "trustees")
    assert "投票期间要显示各选项票数，所以不设托管人" in page.text
    assert not any("convenor" in form.fields for form in page.forms.values())
    token = next(f["csrf_token"].value for f in page.forms.values() if "csrf_token" in f.fields)
    values = {"csrf_token": token, "step": "name", "convenor": "somebody"}
    convenor.post(meeting.path + "trustees", values, status=422)
    meeting.until(OPENS)
    for name, choices in CHOICES.items():
        meeting.cast(name, **choices)
    assert "所以不设托管人" in site.logged_in("dora").get(meeting.path + "vote").text
    meeting.close()
    assert meeting.look(lambda m: m.workflow_state) == "counted"
    suites = meeting.look(lambda m: {e["suite"] for _, _, e in m.ballot_box.envelopes()})
    assert suites == {"sm4gcm"}
    assert meeting.look(lambda m: m.result.record["participation"][0]) == len(CHOICES)
    data = site.run(lambda request: package(meeting_of(request), "P2", request.registry))
    outcome, code = second(tmp_path, data)
    assert (set(outcome.values()), code) == ({"ok"}, 0)
    assert {"openings", "recount"} <= set(outcome)


def test_trustees_are_reminded_at_once_and_daily_in_the_last_days_until_they_are_ready(meeting):
    def messages(login):
        return meeting.browser(login).get("/messages").text.count("请准备选票密钥")

    meeting.name()
    meeting.rehearse("street")
    for _ in range(3):
        meeting.clock.forward(minutes=2)
        meeting.site.drain()
    assert messages("convenor") == 1
    assert messages("street") == 0
    meeting.clock.to(at(OPENS) - timedelta(days=2))
    meeting.site.drain()
    meeting.clock.forward(hours=2)
    meeting.site.drain()
    meeting.clock.forward(days=1)
    meeting.site.drain()
    assert messages("convenor") == 3


@pytest.mark.clause("EV-4.1.9")
def test_trustee_is_led_to_his_key_from_the_home_page_until_he_has_done_his_part(meeting):
    def asked(login):
        page = meeting.browser(login).get("/")
        return [link for link in page.html.select(".task a") if "trustees" in link["href"]]

    assert not asked("monitor1")
    meeting.name()
    assert asked("monitor1")
    assert f"{meeting.path}trustees" in meeting.browser("monitor1").get("/cockpit").text
    meeting.rehearse(*LOGINS)
    assert not asked("monitor1")
    meeting.vote()
    assert not asked("monitor1")
    meeting.until(CLOSES)
    assert asked("monitor1")
    meeting.send("monitor1", "release", private=meeting.private("monitor1"))
    assert not asked("monitor1")
