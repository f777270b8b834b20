"""What people do with the fund, step by step."""

from datetime import date

from fund_site import community_of
from funds_factories import sheet

from content_types.meeting.result import Result
from portal import clock, content
from portal.evidence import records
from portal.rules.decision import decide as decide_motion
from portal.rules.decision import select_rule
from portal.rules.tally import Ballot, count

FUND = "/communities/sunshine/funds"
DEPOSITS = [
    ["1栋", "1单元", "101", 7640.0, date(2026, 5, 4), "00000001"],
    ["1栋", "1单元", "102", 9600.0, date(2026, 5, 4), "00000002"],
    ["1栋", "2单元", "101", 7040.0, date(2026, 5, 5), "00000003"],
]
BILL = {
    "title": "1栋电梯大修",
    "purpose": "更换曳引机和钢丝绳。",
    "payee": "深圳市某电梯有限公司",
    "amount_fen": "10,000.00",
    "method": "area",
    "scope": "1栋",
}


def result_of(motion, registry, *, carried):
    """Return a result in which everybody voted for or everybody against a motion."""
    ballot = Ballot(1, 10_000, "online", (("for" if carried else "against",),))
    tally = count((motion.spec(),), [ballot] * 3)
    profile = registry.profiles["shenzhen-draft-2019"]
    rule = select_rule(profile, motion.matter, clock.local(clock.now()).date())
    (counted,) = tally.motions
    verdict = decide_motion(rule, tally.counted, tally.counted, counted.votes("for"))
    assert verdict.carried is carried
    record = records.result_record(
        "meeting",
        version=1,
        counted_at=clock.now(),
        totals=tally.counted,
        participation=tally.counted,
        channels=[],
        motions=[records.motion_result(counted, verdict)],
    )
    agenda = [{"motion": motion.__name__, "title": motion.title, "seats": 0}]
    settings = {"type": "settings", "v": 1, "motions": agenda}
    return Result(record, settings, {"type": "count-log", "v": 1})


def upload(browser, rows, name="deposits.xlsx", status=303):
    page = browser.get(f"{FUND}/upload")
    form = next(f for f in page.forms.values() if "file" in f.fields)
    form["file"] = (name, sheet(rows))
    return form.submit(status=status)


def step(browser, url, name, comment="", status=303):
    token = browser.get(url).html.find("input", {"name": "csrf_token"})["value"]
    return browser.post(
        f"{url}/step/{name}", {"csrf_token": token, "comment": comment}, status=status
    )


def path_of(answer):
    return answer.location.removeprefix("http://localhost").rstrip("/")


def propose(site, status=303, **changes):
    """Let the manager enter a bill; returns its address."""
    browser = site.as_("manager")
    form = browser.get(f"{FUND}/add/drawdown").forms["form"]
    for name, value in (BILL | changes).items():
        form[name] = value
    answer = form.submit("save", status=status)
    return path_of(answer) if status == 303 else answer


def decide(site, state="published", carried=True, **changes):
    """Put a motion on the fund to the vote of a meeting in some state."""
    values = {
        "title": "关于使用维修资金大修电梯的议题",
        "matter": "maintenance_fund_use",
        "amount_fen": 1_000_000,
        "scope_units": ("1栋",),
    } | changes

    def make(request):
        meetings = community_of(request)["meetings"]
        meeting = content.create("meeting", request, title="2026年第一次业主大会会议")
        content.add(meetings, meeting, request)
        motion = content.create("motion", request, **values)
        content.add(meeting, motion, request)
        meeting.workflow_state = state
        if state in ("published", "archived"):
            meeting.results = (result_of(motion, request.registry, carried=carried),)

    site.run(make)


def requested(site, **changes):
    url = propose(site, **changes)
    step(site.as_("manager"), url, "request")
    return url
