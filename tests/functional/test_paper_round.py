"""A whole paper round by the Shenzhen rules, and none by the Beijing ones."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from webtest import Upload

from content_types.meeting import filing, packages, turnout
from content_types.meeting.paper import closing, entry, ledger, opening
from content_types.meeting.paper.checking import check_papers
from content_types.meeting.paper.checking import fault_of as paper_fault
from content_types.meeting.paper.model import Reading, code_of
from portal.errors import Forbidden, PortalError
from portal.evidence.canonical import canonical
from portal.evidence.verify import verify
from portal.rules.errors import RuleError
from portal.rules.keys import Rule
from portal.rules.reconcile import Entry, reconcile
from tests.functional.assembly import CLOSES, OPENS, Assembly, at, meeting_of
from tests.functional.test_counting import publish
from tests.functional.world import known_password, photo
from tests.unit.evidence.sample import reseal, unpack
from tests.unit.evidence.test_second_verifier import second

SEED = "36514 26315 42635 14263"
PEOPLE = {"caller": "vote_caller", "counter": "teller", "monitor": "scrutineer"}
FOR = {"2026-001": ("for",), "2026-002": ("for",), "2026-003": ("o1",)}


class Round(Assembly):
    """A vote that takes paper, with caller, counter, monitor and a second counter."""

    paper = Assembly.path + "paper/"

    def _meeting(self, request):
        super()._meeting(request)
        meeting_of(request).method = "electronic_paper"
        for login in (*PEOPLE, "second"):
            account = request.site.accounts.create(request.vault, login=login, kind="staff")
            account.password = known_password()
            self.ids[login] = account.id

    def act(self, login, function):
        """Run ``function(paper, request)`` as somebody."""

        def run(request):
            account = request.site.accounts.find(request.vault, login)
            request.account, request.account_id = account, account.id
            return function(meeting_of(request)["paper"], request)

        return self.site.run(run)

    def appoint(self):
        for login, role in {**PEOPLE, "second": "teller"}.items():
            self.act("convenor", lambda p, r, n=login, k=role: opening.appoint(p, n, k, r))

    def hand_out(self, serial, unit, **more):
        self.act("convenor", lambda p, r: ledger.issue(p, serial, unit, r, **more))

    def give_back(self, serial, **more):
        self.act("convenor", lambda p, r: ledger.take_back(p, serial, r, **more))

    def open_box(self):
        officer = self.site.run(lambda r: r.site.accounts.find(r.vault, "street").id)
        self.act("convenor", lambda p, r: opening.set_session(p, "会所", at(CLOSES), officer, r))
        for login in PEOPLE:
            self.confirm(login)

    def confirm(self, login, status=303):
        page = self.site.logged_in(login).get(self.paper + "open")
        return page.forms["open"].submit(status=status)

    def enter(self, login, serial, choices, invalid=""):
        reading = Reading({key: tuple(marks) for key, marks in choices.items()}, invalid)
        self.act(login, lambda p, r: entry.enter(p, serial, reading, r))

    def both_enter(self, serial, choices, invalid=""):
        for login in ("caller", "counter"):
            self.enter(login, serial, choices, invalid)

    def numbers(self):
        return self.act("convenor", lambda p, r: closing.numbers(p))

    def finish(self, box=5, foreign=0, stock=1, spoiled=1):
        hand = closing.HandCount(box, foreign, stock, spoiled)
        self.act("monitor", ledger.declare_unreturned)
        return self.act("monitor", lambda p, r: closing.finish_entry(p, hand, r))

    def compare(self, serial, choices, invalid="", reason=""):
        reading = Reading({key: tuple(marks) for key, marks in choices.items()}, invalid)
        return self.act("monitor", lambda p, r: closing.compare(p, serial, reading, reason, r))

    def code(self, room):
        return self.site.run(lambda request: self.unit(request, room).code)


@pytest.fixture
def voting(site, moved_clock):
    played = Round(site, moved_clock).open()
    played.appoint()
    return played


S1, S2, S3, S4, S5, S6, S7 = (
    "000001-8",
    "000002-6",
    "000003-4",
    "000004-2",
    "000005-9",
    "000006-7",
    "000007-5",
)


def refused(function, message_id, *, clause=None):
    with pytest.raises((PortalError, RuleError)) as error:
        function()
    assert error.value.message_id == message_id
    if clause is not None:
        assert error.value.clause == clause


def packed(voting, level):
    return voting.site.run(
        lambda request: packages.package(meeting_of(request), level, request.registry)
    )


def play_desk(voting):
    """Print eight ballots and let everything happen to them that can happen at the desk."""
    convenor = voting.site.logged_in("convenor")
    form = convenor.get(voting.paper + "print").forms["form"]
    form["number"] = "8"
    form.submit("save", status=303)
    first, again = (
        next(
            form
            for form in convenor.get(voting.paper).forms.values()
            if form.action.endswith("/ballots/1.pdf")
        ).submit()
        for _ in range(2)
    )
    assert first.body == again.body
    text = pdf_text(first.body)
    assert S1 in text
    assert "业主bo" not in text
    assert "已打印 2 次" in convenor.get(voting.paper).text
    # Paper first, electronic later (SZ-22.2).
    voting.hand_out(S1, voting.code("102"), person="业主bo")
    refused(lambda: voting.hand_out(S2, voting.code("102")), "paper.right_has_ballot")
    voting.give_back(S1)
    voting.clock.forward(hours=1)
    voting.cast("bo", m1=("against",), m2=("against",), m3=("o2",))
    # Electronic first, paper later: a warning, then the profile decides.
    voting.cast("anna", m1=("for",), m2=("for",), m3=("o1",))
    voting.clock.forward(hours=1)
    refused(lambda: voting.hand_out(S2, voting.code("101")), "paper.voted_electronic",
            clause="SZ-22.2")  # fmt: skip
    voting.hand_out(S2, voting.code("101"), although_voted=True)
    voting.give_back(S2)
    voting.hand_out(S3, voting.code("201"))
    voting.give_back(S3)
    # eve bound during the notice: paper only this time (SZ-18).
    refused(lambda: voting.cast("eve", m1=("for",)), "refusal.late_binding")
    voting.hand_out(S4, voting.code("401"))
    # A spoiled ballot is replaced; the old number is dead.
    voting.hand_out(S5, voting.code("402"))
    voting.act("convenor", lambda p, r: ledger.spoil(p, S5, r, note="填错", replacement=S6))
    refused(lambda: voting.give_back(S5), "paper.not_issued")
    voting.give_back(S6)
    voting.hand_out(S7, voting.code("301"))


def pdf_text(body):
    document = pypdfium2.PdfDocument(body)
    return "".join(page.get_textpage().get_text_range() for page in document)


def play_entry(voting):
    """Enter all five ballots; one is disputed, and one is entered wrongly by both."""
    voting.both_enter(S1, FOR)
    voting.both_enter(S2, {"2026-001": ("against",)})
    voting.both_enter(S3, {"2026-001": ("against",)})
    voting.enter("caller", S4, {"2026-001": ("for", "against"), "2026-002": ("for",)})
    voting.enter("second", S4, {"2026-001": ("for",), "2026-002": ("for",)})
    voting.both_enter(S6, {}, invalid="unsigned")


@pytest.mark.clause("SZ-11.1")
@pytest.mark.clause("SZ-11.2")
@pytest.mark.clause("SZ-N4")
@pytest.mark.clause("SZ-5.4")
@pytest.mark.clause("SZ-18")
@pytest.mark.clause("SZ-22.1")
@pytest.mark.clause("SZ-22.2")
@pytest.mark.clause("SZ-24.1")
@pytest.mark.clause("SZ-24.2")
@pytest.mark.clause("SZ-24.3")
@pytest.mark.clause("SZ-24.4")
@pytest.mark.clause("SZ-25.1")
@pytest.mark.clause("SZ-11.3")
@pytest.mark.clause("EV-8.1.4")
@pytest.mark.clause("EV-8.6.2")
@pytest.mark.clause("EV-8.4.1")
@pytest.mark.clause("EV-8.6.3")
def test_whole_paper_round_in_shenzhen(voting, tmp_path):
    play_desk(voting)
    refused(lambda: voting.act("convenor", lambda p, r: opening.set_session(
        p, "会所", at(OPENS), "x", r)), "paper.session_early")  # fmt: skip
    voting.close()
    # Nothing is counted while paper waits, and a ballot of later is refused.
    assert voting.look(lambda m: (m.workflow_state, m.results)) == ("counting", ())
    refused(lambda: voting.give_back(S4), "refusal.paper_too_late", clause="SZ-11.3")
    voting.give_back(S4, received_at=at(CLOSES) - timedelta(minutes=1))
    check_opening(voting)
    play_entry(voting)
    check_blindness(voting)
    numbers = voting.numbers()
    assert (numbers.printed, numbers.returned, numbers.disputed) == (8, 5, 1)
    refused(voting.finish, "paper.sum.returned", clause="SZ-24.3")
    decided = Reading({"2026-001": ("for", "against"), "2026-002": ("for",)})
    refused(lambda: voting.act("caller", lambda p, r: entry.resolve(p, S4, decided, "看过", r)),
            "paper.third_person")  # fmt: skip
    voting.act("monitor", lambda p, r: entry.resolve(p, S4, decided, "两项都打了勾", r))
    for wrong in ({"box": 4}, {"stock": 2}, {"spoiled": 0}, {"foreign": 1}):
        with pytest.raises(RuleError, match=r"paper\.sum") as error:
            voting.finish(**wrong)
        assert abs(error.value.values["difference"]) == 1
    voting.finish()
    assert voting.look(lambda m: m.results) == ()
    play_audit(voting)
    voting.site.drain()
    check_result(voting)
    check_packages(voting, tmp_path)
    check_pages(voting)
    check_correction(voting, tmp_path)
    check_storage(voting)
    check_publication(voting)


def check_opening(voting):
    """The box opens only with caller, counter and monitor within ten minutes (SZ-24.4)."""
    refused(lambda: voting.enter("caller", S1, FOR), "paper.box_shut")
    page = voting.confirm("caller", status=409)
    assert "先安排公开唱票" in page.text
    officer = voting.site.run(lambda r: r.site.accounts.find(r.vault, "street").id)
    voting.act("convenor", lambda p, r: opening.set_session(p, "会所", at(CLOSES), officer, r))
    voting.site.logged_in("convenor").get(voting.paper + "open", status=403)
    voting.confirm("caller")
    voting.confirm("second")
    assert voting.look(lambda m: m["paper"].opened_at) is None
    voting.clock.forward(minutes=11)
    voting.confirm("monitor")
    voting.confirm("counter")
    # The caller's word is too old by now.
    assert voting.look(lambda m: m["paper"].opened_at) is None
    voting.confirm("caller")
    assert voting.look(lambda m: m["paper"].opened_at) == voting.clock.instant
    page = voting.site.logged_in("street").get(voting.paper).text
    assert "现场监督：" in page
    assert "会所" in page
    held = voting.look(lambda m: {c.role for c in m["paper"].confirmations})
    assert held == {"vote_caller", "teller", "scrutineer"}
    invited = voting.site.run(lambda r: r.site.messages.inbox(officer))
    assert any("公开唱票" in one.subject for one in invited)


def check_blindness(voting):
    """The second person does not see the first entry, and nobody enters twice."""
    refused(lambda: voting.enter("caller", S1, FOR), "paper.entered_twice")
    caller = voting.site.logged_in("caller")
    assert "两次" not in caller.get(f"{voting.paper}enter?serial={S4}", status=409).text
    caller.get(f"{voting.paper}resolve?serial={S4}", status=403)
    page = voting.site.logged_in("monitor").get(f"{voting.paper}resolve?serial={S4}")
    assert "第 2 次录入" in page.text
    marked = [line for line in page.html.select(".facts > div") if "不一致" in line.get_text()]
    assert len(marked) == 2  # the one motion they read differently, in both entries


def play_audit(voting):
    refused(lambda: voting.compare(S3, FOR), "paper.not_drawn")
    refused(lambda: voting.act("monitor", lambda p, r: closing.draw(p, "123", r)),
            "paper.seed_wrong")  # fmt: skip
    voting.act("monitor", lambda p, r: closing.draw(p, SEED, r))
    refused(lambda: voting.act("monitor", lambda p, r: closing.draw(p, SEED, r)), "paper.no_draw")
    # What the paper of S3 really says; both had read it wrongly.
    truth = {S1: (FOR, ""), S2: ({"2026-001": ("against",)}, ""), S3: (FOR, ""),
             S4: ({"2026-001": ("for", "against"), "2026-002": ("for",)}, ""),
             S6: ({}, "unsigned")}  # fmt: skip
    refused(lambda: voting.compare(S3, FOR), "paper.difference")
    for serial, (choices, invalid) in truth.items():
        same = voting.compare(serial, choices, invalid, "两人都看错了" if serial == S3 else "")
        assert same == (serial != S3)


def check_result(voting):
    record = voting.look(lambda m: m.result.record)
    assert voting.look(lambda m: m.workflow_state) == "counted"
    # anna and bo electronically, dora (two units) and eve on paper.
    areas = {"electronic": 8000 + 9000, "paper": 15_000 + 6000}
    assert record["channels"] == [
        {"channel": "electronic", "ballots": 2, "counted": 2, "votes": [2, areas["electronic"]]},
        {"channel": "paper", "ballots": 6, "counted": 2, "votes": [2, areas["paper"]]},
    ]
    first = record["motions"][0]
    votes = {row["option"]: row["votes"] for row in first["options"]}
    assert votes == {"for": [2, 23_000], "against": [1, 9000], "abstain": [0, 0]}
    assert first["invalid"] == [1, 6000]  # eve marked both
    reasons = sorted((row["reason"], row["clause"]) for row in record["excluded"])
    assert reasons == [
        ("corrected", "EV-8.6.3"),
        ("invalid_paper", "EV-8.1.4"),
        ("superseded", "SZ-22.2"),
        ("superseded", "SZ-22.2"),
    ]


def check_packages(voting, tmp_path):
    """Both verifiers accept the packages, and both find each change."""
    public, whole = packed(voting, "P0"), packed(voting, "P2")
    for data in (public, whole):
        report = verify(data)
        assert report.ok, report.text()
        assert {"name": "paper", "status": "ok"}.items() <= next(
            check for check in report.checks if check["name"] == "paper"
        ).items()
        outcome, code = second(tmp_path, data)
        assert (code, outcome["paper"]) == (0, "ok")
    assert b'{"ballot":"sha256:' in whole
    assert b'{"ballot":"sha256:' not in public
    signer = voting.site.registry.signer
    files = unpack(whole)
    record = {kind: next(name for name in files if name.endswith(f"-{kind}.json"))
              for kind in ("paper-reconciliation", "paper-audit", "result")}  # fmt: skip
    samples = sorted(name for name in files if name.endswith("-paper-sample.json"))

    def edited(name, change):
        content = json.loads(files[name])
        change(content)
        return reseal({**files, name: canonical(content)}, by=signer)

    def uncorrected(content):
        (row,) = [row for row in content["excluded"] if row["reason"] == "corrected"]
        row["reason"] = "superseded"

    def opening_of(change):
        rows = [json.loads(line) for line in files["ballots/openings.jsonl"].splitlines()]
        change([row for row in rows if row["type"] == "paper-opening"])
        lines = b"".join(canonical(row) + b"\n" for row in rows)
        return reseal({**files, "ballots/openings.jsonl": lines}, by=signer)

    changes = [
        ("paper", edited(record["paper-reconciliation"], lambda c: c["numbers"].update(stock=2))),
        ("paper", edited(record["paper-audit"], lambda c: c.update(found_permille=999))),
        ("paper", edited(samples[-1], lambda c: c["sample"].reverse())),
        ("paper", edited(samples[-1], lambda c: c.update(seed="1" * 20))),
        ("paper", edited(record["result"], uncorrected)),
        ("openings", opening_of(lambda rows: rows[0]["choices"].update({"2026-001": ["against"]}))),
        ("openings", opening_of(lambda rows: rows[2].update(serial=S7))),
        ("openings", opening_of(lambda rows: rows[3].update(units=["x"]))),
    ]
    for number, (check, data) in enumerate(changes):
        report = verify(data)
        outcome, code = second(tmp_path, data)
        assert code == 1, number
        assert check in {one["name"] for one in report.failures}, number
        assert outcome[check] != "ok", number


def check_pages(voting):
    """Pages and files show subtotals and the listed cases; bo was told, but not of his choice."""
    convenor, monitor = voting.site.logged_in("convenor"), voting.site.logged_in("monitor")
    page = convenor.get(voting.path + "result").text
    assert "书面投票" in page
    assert "已有电子投票，以电子投票为准" in page
    csv = convenor.get(voting.path + "result.csv").text
    assert "已由更正后的录入代替" in csv
    assert "以电子投票为准" in pdf_text(convenor.get(voting.path + "result.pdf").body)
    sheet = monitor.get(voting.paper + "reconcile").text
    for words in ("书面和电子都投票", "整张无效", "核查后更正", "两人都看错了", "两项都打了勾"):
        assert words in sheet
    assert S3 in pdf_text(monitor.get(voting.paper + "reconcile.pdf").body)
    audit = monitor.get(voting.paper + "audit").text
    assert "全部 5 张都已对照，发现并更正 1 处不一致" in audit
    assert "全部 5 张都已对照" in voting.site.browser().get(voting.path).text
    for place in ("", "ledger", "delivery.pdf", "delivery.xlsx"):
        convenor.get(voting.paper + place)
    book = CalamineWorkbook.from_filelike(io.BytesIO(
        convenor.get(voting.paper + "delivery.xlsx").body))  # fmt: skip
    assert len(book.get_sheet_by_index(0).to_python()) == 8
    voting.site.logged_in("anna").get(voting.paper, status=403)
    voting.site.logged_in("anna").get(voting.paper + "reconcile", status=403)
    assert "login" in voting.site.browser().get(voting.paper + "reconcile", status=303).location
    told = voting.site.run(lambda r: r.site.messages.inbox(voting.ids["bo"]))
    paper = [one for one in told if one.template_id == "paper.recorded"]
    assert len(paper) == 1
    assert S1 in paper[0].body
    assert "反对" not in paper[0].body + paper[0].subject
    lines = voting.look(lambda m: [line.action for line in m["paper"].ledger])
    assert lines.count("issue") == 7
    assert lines[-1] == "unreturned"


def check_correction(voting, tmp_path):
    """A corrected ballot changes exactly its cells in a second version (EV-8.6.3)."""
    monitor = voting.site.logged_in("monitor")
    form = monitor.get(f"{voting.paper}correct?serial={S4}").forms["entry"]
    form["k-2026-001"], form["k-2026-002"] = "2", "1"
    assert "写明裁定理由" in form.submit(status=422).text
    form["reason"] = "另一项有涂改和签名"
    form.submit(status=303)
    voting.step("recount")
    voting.site.drain()
    old, new = voting.look(lambda m: tuple(one.record for one in m.results))
    first = {row["option"]: row["votes"] for row in new["motions"][0]["options"]}
    assert first == {"for": [2, 23_000], "against": [2, 15_000], "abstain": [0, 0]}
    assert new["motions"][0]["invalid"] == [0, 0]
    assert new["motions"][1:] == old["motions"][1:]
    assert new["participation"] == old["participation"]
    assert [row["reason"] for row in new["excluded"]].count("corrected") == 2
    for level in ("P0", "P2"):
        data = packed(voting, level)
        assert verify(data).ok, verify(data).text()
        assert second(tmp_path, data)[1] == 0


class UndoneError(Exception):
    """Carries what was found out of a transaction that must not be kept."""


def check_storage(voting):
    """The check of the site finds a ledger line or an opening that was changed."""
    assert dict(voting.site.run(lambda r: list(check_papers(r)))) == {
        f"paper {voting.look(lambda m: m.ballot_box.meeting_id)}": ""
    }

    def fault(change):
        def run(request):
            paper = meeting_of(request)["paper"]
            change(paper)
            raise UndoneError(paper_fault(paper, request.registry))

        with pytest.raises(UndoneError) as undone:
            voting.site.run(run)
        return str(undone.value)

    def other_line(paper):
        page = paper.ledger.pages[0]
        page.values = (page.values[0]._replace(right="r00001"), *page.values[1:])

    def other_opening(paper):
        paper.sheets[S1].openings = paper.sheets[S2].openings

    assert "ledger" in fault(other_line)
    assert "does not open" in fault(other_opening)
    assert "returned" in fault(lambda paper: setattr(paper.sheets[S7], "state", "returned"))


def check_publication(voting):
    """A vote on paper only is published to the owners unit by unit, another is not (SZ-11.1)."""
    publish(voting)
    owner, address = voting.site.logged_in("fang"), voting.path + "unit-results"
    owner.get(address, status=403)
    voting.site.run(lambda request: setattr(meeting_of(request), "method", "paper"))
    rows = [row.text for row in owner.get(address).html.select("tbody tr")]
    assert len(rows) == 10
    assert sum("书面投票" in row for row in rows) == 3  # dora's two units and eve's
    kinds = voting.site.run(lambda r: [
        one.filename for one in filing.parts(meeting_of(r), r) if one.kind == "paper"])  # fmt: skip
    assert kinds == ["paper-reconciliation.pdf", "paper-ledger.csv"]
    # Nothing that was entered lies open in the storage.
    stored = (voting.site.folder / "db" / "Data.fs").read_bytes()
    assert b'"2026-001":["against"]' not in stored
    assert "业主bo".encode() not in stored


@pytest.mark.clause("BJ-GQ10")
def test_no_paper_beside_mobile_voting_in_beijing(site, moved_clock):
    motions = ({"title": "选聘物业服务企业", "matter": "service_company"},)
    played = Assembly(site, moved_clock, profile="beijing-2019", motions=motions)
    site.run(lambda request: setattr(meeting_of(request), "method", "electronic_paper"))
    refused(lambda: played.step("submit"), "refusal.paper_not_offered", clause="BJ-GQ10")
    site.run(lambda request: setattr(meeting_of(request), "method", "electronic"))
    played.open()
    assert played.look(lambda m: "paper" in m) is False
    site.logged_in("convenor").get(Round.paper, status=404)
    # Nothing in the box of a place without paper: no roles are asked for.
    assert played.look(lambda m: m.rules(site.registry).box_roles.value) == ()


@pytest.mark.clause("SZ-24.4")
def test_roles_are_three_different_persons_and_none_convenes(voting):
    appoint = lambda login, role: voting.act(  # noqa: E731
        "convenor", lambda p, r: opening.appoint(p, login, role, r)
    )
    refused(lambda: appoint("caller", "scrutineer"), "paper.one_role_each", clause="SZ-24.4")
    refused(lambda: appoint("convenor", "scrutineer"), "paper.monitor_convenes")
    refused(lambda: appoint("nobody", "teller"), "paper.no_such_account")
    refused(lambda: appoint("street", "administrator"), "paper.no_such_role")
    ids = {login: voting.ids[login] for login in ("second", "monitor")}
    voting.act("convenor", lambda p, r: opening.dismiss(p, ids["second"], "teller", r))
    held = voting.act("convenor", opening.officers)
    assert {role: len(found) for role, found in held.items()} == {
        "vote_caller": 1,
        "teller": 1,
        "scrutineer": 1,
    }
    assert "计票人：已指定 1 人" in voting.site.browser().get(voting.path).text
    with pytest.raises(Forbidden):
        voting.act("caller", lambda p, r: _counting(p) or opening.confirm(p, "teller", r))


def _counting(paper):
    paper.meeting.workflow_state = "counting"
    paper.session = opening.Session("会所", at(CLOSES), "x", "x", at(CLOSES))


# Page → who opens it; everybody else is refused.
PAGES = {
    "": {"convenor", "street", "caller", "counter", "monitor"},
    "print": {"convenor"},
    "ledger": {"convenor", "monitor"},
    "delivery.pdf": {"convenor"},
    "delivery.xlsx": {"convenor"},
    "session": {"convenor"},
    "open": {"caller", "counter", "monitor"},
    "enter": {"caller", "counter"},
    "disputes": {"monitor"},
    "resolve": {"monitor"},
    "compare": {"monitor"},
    "reconcile": {"convenor", "street", "monitor"},
    "reconcile.pdf": {"convenor", "street", "monitor"},
}


@pytest.mark.clause("EV-11.1.3")
def test_pages_are_for_their_roles_only(voting):
    for login in ("convenor", "street", "caller", "counter", "monitor", "anna", "records", ""):
        browser = voting.site.logged_in(login) if login else voting.site.browser()
        for page, allowed in PAGES.items():
            status = browser.get(voting.paper + page, expect_errors=True).status_int
            # A stranger is sent to log in.
            assert (status == 200) == (login in allowed), (login, page, status)
            assert status in (200, 302, 303, 403, 404), (login, page, status)


@pytest.mark.clause("EV-8.1.3")
def test_code_of_a_ballot_is_read_and_one_of_another_meeting_refused(voting):
    voting.act("convenor", ledger.print_ballots)
    meeting_id = voting.look(lambda m: m.ballot_box.meeting_id)
    meant = voting.look(lambda m: m["paper"].sheets[S1].meant)
    # Printed for a right, it is issued to no other.
    other = next(
        key for key in voting.look(lambda m: list(m.ballot_box.roll.rights)) if key != meant
    )
    refused(lambda: voting.hand_out(S1, other), "paper.meant_for_other")
    voting.hand_out(code_of(meeting_id, S1, "sha256:" + "ab" * 32), meant)
    assert voting.look(lambda m: m["paper"].live[meant]) == S1
    refused(lambda: voting.give_back(code_of("other-1", S1, "sha256:00")), "paper.other_meeting")
    refused(lambda: voting.give_back("000001-7"), "paper.serial_wrong")
    refused(lambda: voting.hand_out(S2, "r99999"), "paper.no_such_right")


@pytest.mark.clause("EV-8.6.2")
def test_forms_of_desk_and_entry_take_what_is_typed_or_ticked(voting):  # noqa: PLR0915
    convenor = voting.site.logged_in("convenor")
    voting.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=2, large=True))
    page = convenor.get(voting.paper + "ledger")
    form = page.forms["issue"]
    form["serial"], form["unit"], form["person"] = S1, voting.code("101"), "业主anna"
    form["photo"] = Upload("p.jpg", photo(), "image/jpeg")
    form.submit(status=303)
    page = convenor.get(voting.paper + "ledger")
    assert "业主anna" in page.text
    assert convenor.get(voting.paper + "photo/0").content_type == "image/jpeg"
    convenor.get(voting.paper + "photo/1", status=404)
    raw = voting.look(lambda m: repr(list(m["paper"].ledger)))
    assert "业主anna" not in raw
    form = page.forms["return"]
    form["serial"] = "1"
    assert "编号 1 不正确" in form.submit(status=422).text
    form["serial"], form["received_at"] = S1, "junk"
    form.submit(status=422)
    form["received_at"] = ""
    form.submit(status=303)
    voting.close()
    voting.open_box()
    caller, counter = voting.site.logged_in("caller"), voting.site.logged_in("counter")
    form = caller.get(voting.paper + "enter").forms["entry"]
    # A scanner types the number and Enter: the ballot is chosen, the marks come next.
    form["serial"] = S1
    page = form.submit(status=303).follow()
    form = page.forms["entry"]
    assert form["k-2026-001"].attrs["autofocus"]
    form["serial"], form["k-2026-001"], form["k-2026-002"], form["k-2026-003"] = S1, "1", "0", "13"
    form.submit(status=303)
    scan = caller.get(voting.paper + "enter").forms["scan"]
    scan["serial"], scan["scan"] = S1, Upload("s.jpg", photo(), "image/jpeg")
    scan.submit(status=303, expect_errors=True)
    form = counter.get(f"{voting.paper}enter?tap=1&serial={S1}").forms["entry"]
    for name, mark in (("001", "for"), ("002", "unreadable"), ("003", "o1"), ("003", "o3")):
        box = next(b for b in form.fields[f"m-2026-{name}"] if b._value == mark)
        box.checked = True
    form.submit(status=303)
    sheet = voting.look(lambda m: m["paper"].sheets[S1])
    assert not sheet.is_disputed
    reading = voting.act("monitor", lambda p, r: entry.final_reading(p, p.sheets[S1], r))
    assert reading.choices == {"2026-001": ("for",), "2026-002": ("unreadable",),
                               "2026-003": ("o1", "o3")}  # fmt: skip
    # The picture shows the choices: sealed in storage, for those who count and watch only.
    assert counter.get(f"{voting.paper}picture/{S1}/0").content_type == "image/jpeg"
    convenor.get(f"{voting.paper}picture/{S1}/0", status=404)
    stored = voting.look(lambda m: m["paper"].sheets[S1].scans[0].stored.read())
    assert not stored.startswith(b"\xff\xd8")
    # Through the pages to the end: sums, seed, comparison, count.
    monitor = voting.site.logged_in("monitor")
    form = monitor.get(voting.paper + "reconcile").forms["form"]
    for name, number in (("box", "1"), ("foreign", "0"), ("stock", "2"), ("spoiled", "0")):
        form[name] = number
    assert "库存清点 2 张，台账库存 1 张，相差 1" in form.submit("save", status=422).text
    form["stock"] = "1"
    form.submit("save", status=303)
    form = monitor.get(voting.paper + "audit").forms["form"]
    form["seed"] = SEED
    form.submit("save", status=303)
    form = monitor.get(f"{voting.paper}compare?serial={S1}").forms["entry"]
    form["k-2026-001"], form["k-2026-002"], form["k-2026-003"] = "1", "0", "1 3"
    form.submit(status=303)
    voting.site.drain()
    record = voting.look(lambda m: m.result.record)
    assert record["channels"][0]["votes"] == [1, 8000]
    assert record["motions"][1]["invalid"] == [1, 8000]


def first_come(request):
    meeting = meeting_of(request)
    rule = Rule("first", "C-3")
    meeting.profile = replace(meeting.profile, cross_channel_precedence=rule)


@pytest.mark.clause("SZ-16")
@pytest.mark.clause("SZ-11.1")
def test_paper_ballot_that_came_first_stands_where_the_rules_say_so(voting):
    played, site = voting, voting.site
    site.run(first_come)
    played.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=2))
    played.hand_out(S1, played.code("101"))
    played.give_back(S1)
    # The first vote stands here, so the owner of the returned ballot is told so at once.
    refused(lambda: played.cast("anna", m1=("for",)), "refusal.already_voted")
    played.cast("dora", m1=("for",))
    refused(lambda: played.hand_out(S2, played.code("201")), "paper.voted_first")
    # Turnout knows the paper ballot: nobody reminds anna.
    waiting = played.look(turnout.non_voters)
    assert played.ids["anna"] not in waiting
    assert played.ids["bo"] in waiting
    units = played.look(turnout.voted_units)
    assert {played.code(room) for room in ("101", "201", "202")} == units
    played.clock.forward(minutes=1)
    site.drain()
    assert played.look(opening.taking_part) == (2, 8000 + 15_000)
    site.run(lambda request: setattr(meeting_of(request), "method", "paper"))
    refused(lambda: played.cast("bo", m1=("for",)), "refusal.electronic_not_offered",
            clause="SZ-11.1")  # fmt: skip


@pytest.mark.clause("SZ-24.4")
def test_reconcile_by_first_come_needs_no_order_of_entries():
    early, late = at(OPENS), at(CLOSES)
    paper, online = Entry("p", "r1", "paper", early), Entry("e", "r1", "electronic", late)
    first = {d.entry.serial: d.outcome for d in reconcile([online, paper], "first")}
    assert first == {"p": "counted", "e": "duplicate"}
    wins = {d.entry.serial: d.outcome for d in reconcile([paper, online], "electronic")}
    assert wins == {"p": "superseded", "e": "counted"}
