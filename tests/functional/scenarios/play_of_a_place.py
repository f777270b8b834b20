"""The same assembly in one place, from the form of its meeting to the result, as pages show it."""

import re
from types import SimpleNamespace

from tests.functional.api_client import MEETING, Client
from tests.functional.assembly import LATE, OPENS, Assembly
from tests.functional.owner_steps import register, verify
from tests.functional.test_extension import step
from tests.functional.voting_steps import vote

MOTIONS = (
    {"title": "续聘物业", "matter": "service_company"},
    {"title": "修改管理规约", "matter": "covenant"},
)


def words(page):
    return " ".join(page.html.main.get_text(" ").split())


def told(browser, path, room):
    """Return what the page of an owner says of one of the units."""
    sections = browser.get(path + "can-i-vote").html.select("main section.panel")
    return next(text for one in sections if room in (text := " ".join(one.get_text(" ").split())))


def options(form, name):
    return [value for value, *_ in form[name].options]


def steps_of(page):
    """Return the steps the page offers."""
    actions = (form.action for form in page.forms.values())
    return {found[1] for one in actions if (found := re.search(r"/step/(\w+)$", one))}


def play(site, moved_clock, profile):
    """Play the assembly in one place; return what was seen on the way."""
    voting, seen = Assembly(site, moved_clock, profile, MOTIONS), SimpleNamespace()
    see_the_forms(voting, seen)
    see_the_notice(voting, seen)
    see_the_vote(voting, seen)
    see_the_ballots(voting, seen)
    see_the_result(voting, seen)
    return seen


def see_the_forms(voting, seen):
    """Look at the form of a meeting, and how somebody fares whom no register knows."""
    site, staff = voting.site, voting.site.logged_in
    form = staff("convenor").get("/communities/haitang/meetings/add/meeting").forms["form"]
    seen.methods, seen.convenors = options(form, "method"), options(form, "convenor_kind")
    seen.asks_for_figures = "interim_figures" in form.fields
    stranger = register(site)
    seen.failed = verify(stranger, "查无此人", "110101199003077715", status=422)
    seen.papers = stranger.get("/me/identity/papers", status="*").status_int
    seen.on_site = staff("convenor").get("/communities/haitang/verify-on-site", status="*")


def see_the_notice(voting, seen):
    """Let the street office be silent for six days, then publish the notice."""
    site, moved_clock, path = voting.site, voting.clock, voting.path
    voting.step("submit")
    seen.states = []
    for days in (0, 4, 2):
        moved_clock.forward(days=days)
        site.drain()
        seen.states.append(voting.look(lambda m: m.workflow_state))
    if seen.states[-1] == "submitted":
        voting.step("approve")
    voting.post("posting")
    voting.step("publish_notice")
    seen.noticed = steps_of(site.logged_in("convenor").get(path))
    moved_clock.forward(days=1)
    site.run(lambda request: [voting.bind(request, name, rooms) for name, rooms in LATE.items()])
    site.run(lambda request: voting.unit(request, "502").unbind(voting.ids["gao"]))
    voting.give_roster()
    voting.until(OPENS)


def see_the_vote(voting, seen):
    """Look at the pages of the open vote."""
    path, staff = voting.path, voting.site.logged_in
    convenor = staff("convenor")
    seen.open = convenor.get(path)
    seen.closing = step(convenor, path, "close_voting", status="*").status_int
    seen.extend = convenor.get(path + "extend", status="*")
    seen.kiosk = convenor.get(path + "kiosk", status="*")
    seen.proxy = staff("anna").get(path + "proxy", status="*")
    seen.chen = told(staff("chen"), path, "102")
    seen.eve = told(staff("eve"), path, "401")
    seen.ballot = words(staff("gao").get(path + "vote"))


def see_the_ballots(voting, seen):
    """Cast ballots, one of them twice, and bind a house when its owner has voted."""
    site, moved_clock, path = voting.site, voting.clock, voting.path
    staff = site.logged_in
    seen.voucher = words(vote(staff("dora"), path, m1="for"))
    seen.each_unit = [told(staff("dora"), path, room) for room in ("201", "202")]
    vote(staff("gao"), path, m1="against")
    voting.cast("bo", m1=("for",), m2=("for",))
    seen.coowner = told(staff("chen"), path, "102")
    body = {"right": "r00002", "nonce": "0" * 32, "choices": {"2026-001": ["against"]}}
    seen.again = Client(site, "bo").post(f"{MEETING}/ballots", body, status=422)
    moved_clock.forward(days=1)
    site.run(lambda request: voting.bind(request, "gao", ("502",)))
    seen.turnout = words(staff("gao").get(path))
    site.drain()


def see_the_result(voting, seen):
    """Look at the result, at the table by unit, and at who must act next."""
    site, moved_clock, path = voting.site, voting.clock, voting.path
    voting.close()
    staff = site.logged_in
    convenor = staff("convenor")
    seen.result = convenor.get(path + "result")
    seen.table = {
        login: staff(login).get(path + "unit-results", status="*")
        for login in ("street", "convenor")
    }
    seen.submits = "submit_result" in steps_of(convenor.get(path))
    if seen.submits:
        step(convenor, path, "submit_result")
    moved_clock.forward(minutes=2)
    site.drain()
    seen.reviewed = voting.look(lambda m: m.workflow_state)
    seen.times = words(convenor.get(path)).partition("法定时间表")[2]
