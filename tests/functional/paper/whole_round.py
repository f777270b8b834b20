"""The parts of a whole paper round: what is played, and what is checked after it."""

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from content_types.meeting import filing
from content_types.meeting.paper import closing, ledger, opening
from content_types.meeting.paper.checking import check_papers
from content_types.meeting.paper.checking import fault_of as paper_fault
from portal.evidence.canonical import canonical
from portal.evidence.verify import verify
from tests.functional.assembly import CLOSES, at, meeting_of
from tests.functional.paper.steps import (
    FOR,
    S1,
    S2,
    S3,
    S4,
    S5,
    S6,
    S7,
    SEED,
    packed,
    pdf_text,
    refused,
)
from tests.unit.evidence.sample import reseal, unpack
from tests.unit.evidence.test_second_verifier import second


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


def play_entry(voting):
    """Enter all five ballots; one is disputed, and one is entered wrongly by both."""
    voting.both_enter(S1, FOR)
    voting.both_enter(S2, {"2026-001": ("against",)})
    voting.both_enter(S3, {"2026-001": ("against",)})
    voting.enter("caller", S4, {"2026-001": ("for", "against"), "2026-002": ("for",)})
    voting.enter("second", S4, {"2026-001": ("for",), "2026-002": ("for",)})
    voting.both_enter(S6, {}, invalid="unsigned")


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
    voting.publish()
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
