"""Casting ballots in the browser, by the Shenzhen rules."""

import json

import pytest

from portal.evidence.verify import verify
from tests.functional.assembly import (
    CLOSES,
    Assembly,
    at,
    meeting_of,
)
from tests.functional.voting_steps import choose, vote


@pytest.mark.clause("EV-6.3.1.2", "EV-7.3.1", "EV-7.3.2", "EV-7.3.3")
def test_owner_votes_on_all_motions_in_three_pages_and_nothing_is_kept_before_confirmation(voting):
    browser = voting.site.logged_in("anna")
    assert "1 项表决权可以投票" in browser.get(voting.path).text
    page = browser.get(voting.path + "vote")
    assert "最多选 2 项" in page.text
    assert "投票类型：记名" in page.text
    review = choose(browser, voting.path, m1="for", m2="against", m3=("o1", "o3")).submit(
        "step", index=0
    )
    said = review.html.find("dl", class_="facts--stacked").get_text(" ", strip=True)
    assert "同意" in said
    assert "反对" in said
    assert "张三、王五" in said
    assert not voting.look(lambda m: [k for k, s in m.ballot_box.slots.items() if s.is_cast])
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    voucher = form.submit("step", index=0, status=303).follow()
    assert "电子投票凭证" in voucher.text
    assert len(voting.look(lambda m: [k for k, s in m.ballot_box.slots.items() if s.is_cast])) == 1
    assert "不能再投或者更改" in browser.get(voting.path).text


@pytest.mark.clause("C-18", "SZ-23")
def test_partial_ballot_is_accepted_and_the_rest_is_named_as_abstention(voting):
    browser = voting.site.logged_in("anna")
    review = choose(browser, voting.path, m1="for").submit("step", index=0)
    assert "有 2 个议题没有选择" in review.text


@pytest.mark.clause("EV-6.2.3", "EV-8.1.2")
def test_too_many_candidates_and_an_empty_ballot_are_refused_at_the_motion(voting):
    browser = voting.site.logged_in("anna")
    page = choose(browser, voting.path, m3=("o1", "o2", "o3")).submit("step", index=0, status=422)
    assert "“选举业主委员会”最多选 2 项，您选了 3 项" in page.text
    assert page.html.find("a", href="#motion-2026-003")
    page = choose(browser, voting.path).submit("step", index=0, status=422)
    assert "请至少对一个事项作出选择" in page.text
    assert not voting.look(lambda m: [k for k, s in m.ballot_box.slots.items() if s.is_cast])


@pytest.mark.clause("EV-8.1.3")
def test_forged_option_is_refused_even_at_the_confirmation(voting):
    browser = voting.site.logged_in("anna")
    review = choose(browser, voting.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    form["m-2026-001"].force_value("o9")
    assert "没有这个选项" in form.submit("step", index=0, status=422).text


@pytest.mark.clause("C-22", "SZ-16", "BJ-OQ7")
def test_retry_of_the_same_form_returns_the_same_voucher_and_another_ballot_is_refused(voting):
    browser = voting.site.logged_in("anna")
    stale = choose(browser, voting.path, m1="against").submit("step", index=0)
    review = choose(browser, voting.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    first = form.submit("step", index=0, status=303)
    sealed = voting.look(lambda m: m.ballot_box.slots["r00001"].sealed)
    again = form.submit("step", index=0, status=303)
    assert again.location == first.location
    other = next(f for f in stale.forms.values() if "nonce" in f.fields)
    assert "已经投过票" in other.submit("step", index=0, status=422).text
    assert voting.look(lambda m: m.ballot_box.slots["r00001"].sealed) == sealed


@pytest.mark.clause("EV-6.4.2", "EV-6.4.3")
def test_form_opened_before_the_end_is_refused_after_it(voting):
    browser = voting.site.logged_in("anna")
    voting.clock.to(at("2026-07-01T17:59"))
    browser = voting.site.logged_in("anna")
    review = choose(browser, voting.path, m1="for").submit("step", index=0)
    form = next(f for f in review.forms.values() if "nonce" in f.fields)
    voting.clock.to(at(CLOSES))
    assert "投票已经结束" in form.submit("step", index=0, status=422).text
    voting.site.drain()
    assert "投票已经结束" in form.submit("step", index=0, status=422).text


def test_owner_proves_identity_again_before_the_ballot_when_the_login_is_old(voting):
    browser = voting.site.logged_in("anna")
    voting.clock.forward(minutes=11)
    page = browser.get(voting.path + "vote", status=303).follow()
    form = page.forms["form"]
    form["password"] = "a long enough phrase"
    page = form.submit("save", status=303).follow()
    assert "下一步：核对" in page.text


@pytest.mark.clause("EV-6.4.2")
def test_nobody_votes_before_the_opening(site, moved_clock):
    voting = Assembly(site, moved_clock).notice()
    moved_clock.to(at("2026-06-20T08:59"))
    assert "EV-6.4.2" in site.logged_in("anna").get(voting.path + "vote", status=422).text


@pytest.mark.clause("EV-8.1.1")
def test_voucher_files_are_equal_each_time_and_carry_a_proof_after_a_minute(voting):
    browser = voting.site.logged_in("anna")
    vote(browser, voting.path, m1="for")
    address = voting.path + "voucher/r00001"
    early = json.loads(browser.get(address + ".json").body)
    assert early["inclusion"] is None
    assert verify(browser.get(address + ".json").body).ok
    voting.clock.forward(seconds=60)
    voting.site.drain()
    late = browser.get(address + ".json").body
    assert json.loads(late)["inclusion"]["index"] == 2
    assert json.loads(late)["promise"] == early["promise"]
    assert verify(late).ok
    for ending in ("json", "pdf", "png"):
        assert browser.get(f"{address}.{ending}").body == browser.get(f"{address}.{ending}").body
    for label in ("同意", "反对", "弃权"):
        assert label.encode() not in late
    browser.get(address + ".exe", status=404)


@pytest.mark.clause("SZ-17.3")
def test_owner_sees_turnout_only_after_the_own_vote(voting):
    browser = voting.site.logged_in("anna")
    assert "投票进度" not in browser.get(voting.path).text
    vote(browser, voting.path, m1="for")
    voting.clock.forward(seconds=60)
    voting.site.drain()
    page = browser.get(voting.path).text
    assert "1 / 7 人，14.28 %" in page
    assert "80.00 ㎡ / 700.00 ㎡，11.42 %" in page
    assert "投票进度" not in voting.site.logged_in("dora").get(voting.path).text
    assert "投票进度" not in voting.site.browser().get(voting.path).text


@pytest.mark.clause("SZ-17.1", "SZ-17.2")
def test_convenor_sees_who_voted_and_reminds_only_the_others(voting):
    vote(voting.site.logged_in("bo"), voting.path, m1="against")
    convenor = voting.site.logged_in("convenor")
    page = convenor.get(voting.path + "turnout")
    cells = {
        cell.find(class_="cell__name").get_text(): cell.find(class_="cell__word").get_text()
        for cell in page.html.find_all(class_="cell")
    }
    assert cells["1单元102"] == "已投票"
    assert set(cells.values()) == {"已投票", "未投票"}
    assert "反对" not in page.text
    form = next(f for f in page.forms.values() if f.action.endswith("/remind"))
    assert "提醒 4 人" in page.text
    form.submit(status=303)
    voting.site.drain()

    def reminded(request):
        found = set()
        for name, account_id in voting.ids.items():
            inbox = request.site.messages.inbox(account_id)
            if any(message.template_id == "vote.reminder" for message in inbox):
                found.add(name)
        return found

    assert voting.site.run(reminded) == {"anna", "dora", "eve", "gao"}
    token = page.forms[next(iter(page.forms))]["csrf_token"].value
    again = convenor.post(voting.path + "remind", {"csrf_token": token}, status=409)
    assert "今天已经提醒过" in again.text
    voting.site.logged_in("anna").get(voting.path + "turnout", status=403)


@pytest.mark.clause("EV-8.5.2", "SZ-28")
def test_stored_data_shows_neither_choice_nor_person_before_the_end(voting):
    for name, choices in (("anna", {"m3": ("o1", "o2")}), ("dora", {"m2": "abstain"})):
        vote(voting.site.logged_in(name), voting.path, m1="against", **choices)
    voting.clock.forward(seconds=60)
    voting.site.drain()
    slots = voting.look(
        lambda m: [
            (dict(s.__getstate__()), len(s.sealed))
            for s in m.ballot_box.slots.values()
            if s.is_cast
        ]
    )
    assert len({length for _, length in slots}) == 1
    allowed = {"ballot", "sealed", "at", "caster", "nonce", "left_out", "index"}
    ids = set(voting.ids.values())
    for state, _ in slots:
        assert set(state) <= allowed
        raw = repr(state)
        assert not any(account_id in raw for account_id in ids)
        assert not any(word in raw for word in ("against", "abstain", '"o1"', "2026-001"))

    def audit(request):
        from portal.audit import entries

        return [e for e in entries(request) if e["action"] == "meeting.cast"]

    logged = voting.site.run(audit)
    assert [entry["detail"] for entry in logged] == [{"ballots": 2, "size": 4}]
    storage = voting.site.registry._zodb_databases[""].storage
    assert {entry.description for entry in storage.iterator()} >= {b"/login"}
    assert not any(b"/vote" in entry.description for entry in storage.iterator())
    assert b'"choices"' not in (voting.site.folder / "db" / "Data.fs").read_bytes()


def test_log_holds_settings_roll_and_every_ballot_under_signed_heads(voting):
    voting.cast("anna", m1=("for",))
    voting.cast("bo", m1=("for",))
    voting.clock.forward(seconds=60)
    voting.site.drain()

    def look(request):
        box = meeting_of(request).ballot_box
        heads = box.log.heads()
        return box.log.fsck(box.read, [box.signing_key]), [head["size"] for head in heads]

    fsck, sizes = voting.site.run(look)
    assert fsck.ok
    assert sizes == [2, 4]
