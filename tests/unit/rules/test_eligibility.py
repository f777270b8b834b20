from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.rules.days import end_of_day, start_of_day
from portal.rules.eligibility import Attempt, may_vote
from portal.rules.vote_events import (
    AgentAuthorised,
    AgentEnded,
    Bound,
    Cast,
    ProxyAppointed,
    ProxyCancelled,
    RepresentativeChosen,
    RepresentativeEnded,
    Suspended,
    TitleRegistered,
    Unbound,
    Verified,
    WindowSet,
    stale_bindings,
)

LONG_AGO = start_of_day(date(2026, 1, 5))
BEFORE = start_of_day(date(2026, 5, 1))
NOTICE = start_of_day(date(2026, 6, 4))
OPENS = start_of_day(date(2026, 6, 20))
DAY_2 = OPENS + timedelta(days=1)
DAY_3 = OPENS + timedelta(days=2)
DAY_4 = OPENS + timedelta(days=3)
DAY_5 = OPENS + timedelta(days=4)
CLOSES = end_of_day(date(2026, 7, 5))
SECOND = timedelta(seconds=1)
SCOPE = frozenset({"101", "102", "103", "201"})

WINDOW = WindowSet(BEFORE, OPENS, CLOSES, NOTICE, SCOPE)


def title(unit, *owners, at=LONG_AGO):
    return TitleRegistered(at, unit, frozenset(owners))


def known(person, *units, at=LONG_AGO):
    return [Verified(at, person), *(Bound(at, person, unit) for unit in units)]


def cast(person, *units, owner="", channel="online", at=DAY_3):
    return Cast(at, person, owner or person, frozenset(units), channel)


ZHANG = [WINDOW, title("101", "zhang"), *known("zhang", "101")]
COUPLE = [WINDOW, title("102", "li", "wang"), *known("li", "102"), *known("wang", "102")]
LI_CHOSEN = [*COUPLE, RepresentativeChosen(BEFORE, "102", "li")]
SOLD_BEFORE = [*ZHANG, title("101", "chen", at=BEFORE)]
SOLD = [*ZHANG, title("101", "chen", at=DAY_2)]
SOLD_TO_KNOWN = [*SOLD, *known("chen", "101", at=DAY_3)]
THREE = [WINDOW, *(title(u, "zhou") for u in ("101", "102", "103")), *known("zhou", "101", "102")]
COMPANY = [
    WINDOW,
    title("101", "acme"),
    title("102", "acme"),
    *known("acme", "101", "102"),
    *known("clerk"),
    AgentAuthorised(BEFORE, "acme", "clerk"),
]
UNSOLD = [
    WINDOW,
    title("103", "developer"),
    title("201", "developer"),
    *known("developer", "103", "201"),
    *known("seller"),
    AgentAuthorised(BEFORE, "developer", "seller"),
]
PROXY = [*ZHANG, *known("sun"), ProxyAppointed(BEFORE, "zhang", "sun", DAY_4)]
CANCELLED = [*PROXY, ProxyCancelled(DAY_2, "zhang", "sun")]

OK_OWNER, OK_CO_OWNER = ("owner", ""), ("co_owner", "")


def no(reason, clause):
    return (reason, clause)


# name, clauses, events, person, unit, channel, instant, answer in Shenzhen, answer in Beijing
SEQUENCES = [
    ("owner votes", ZHANG, "zhang 101", DAY_3, OK_OWNER, OK_OWNER),
    ("first instant", ZHANG, "zhang 101", OPENS, OK_OWNER, OK_OWNER),
    (
        "second before opening",
        ZHANG,
        "zhang 101",
        OPENS - SECOND,
        no("not_open", "EV-6.4.2"),
        no("not_open", "BJ-O5.3"),
    ),
    ("last second", ZHANG, "zhang 101", CLOSES - SECOND, OK_OWNER, OK_OWNER),
    (
        "closing instant",
        ZHANG,
        "zhang 101",
        CLOSES,
        no("closed", "EV-6.4.3"),
        no("closed", "EV-6.4.3"),
    ),
    (
        "no window set",
        ZHANG[1:],
        "zhang 101",
        DAY_3,
        no("not_open", "EV-6.4.2"),
        no("not_open", "BJ-O5.3"),
    ),
    (
        "window prolonged",
        [*ZHANG, WindowSet(DAY_2, OPENS, CLOSES + timedelta(days=15), NOTICE, SCOPE)],
        "zhang 101",
        CLOSES,
        OK_OWNER,
        OK_OWNER,
    ),
    (
        "suspended",
        [*ZHANG, Suspended(DAY_2)],
        "zhang 101",
        DAY_3,
        no("suspended", "BJ-O5.3"),
        no("suspended", "BJ-GQ2"),
    ),
    (
        "unit outside the scope",
        [WINDOW, title("999", "zhang"), *known("zhang", "999")],
        "zhang 999",
        DAY_3,
        no("out_of_scope", "EV-6.3.2"),
        no("out_of_scope", "BJ-G7.3.9"),
    ),
    (
        "stranger",
        [*ZHANG, *known("chen")],
        "chen 101",
        DAY_3,
        no("not_owner", "SZ-9.4"),
        no("not_owner", "BJ-0.2"),
    ),
    (
        "owner not verified",
        ZHANG[:2],
        "zhang 101",
        DAY_3,
        no("not_verified", "SZ-9.1"),
        no("not_verified", "BJ-OQ9"),
    ),
    (
        "owner not bound",
        ZHANG[:3],
        "zhang 101",
        DAY_3,
        no("not_bound", "SZ-9.4"),
        no("not_bound", "BJ-O3.1"),
    ),
    (
        "binding dissolved",
        [*ZHANG, Unbound(DAY_2, "zhang", "101")],
        "zhang 101",
        DAY_3,
        no("not_bound", "SZ-9.4"),
        no("not_bound", "BJ-O3.1"),
    ),
    (
        "second ballot",
        [*ZHANG, cast("zhang", "101")],
        "zhang 101",
        DAY_5,
        no("already_voted", "SZ-16"),
        no("already_voted", "BJ-OQ7"),
    ),
    # SZ-18 and BJ-OQ13.3: late verification and binding.
    (
        "bound one second before the notice",
        [WINDOW, title("101", "zhang"), *known("zhang", "101", at=NOTICE - SECOND)],
        "zhang 101",
        DAY_3,
        OK_OWNER,
        OK_OWNER,
    ),
    (
        "bound with the notice",
        [WINDOW, title("101", "zhang"), *known("zhang", at=BEFORE), Bound(NOTICE, "zhang", "101")],
        "zhang 101",
        DAY_3,
        no("late_binding", "SZ-18"),
        OK_OWNER,
    ),
    (
        "verified during the notice",
        [WINDOW, title("101", "zhang"), Bound(BEFORE, "zhang", "101"), Verified(NOTICE, "zhang")],
        "zhang 101",
        DAY_3,
        no("late_binding", "SZ-18"),
        OK_OWNER,
    ),
    (
        "late owner on paper",
        [WINDOW, title("101", "zhang"), *known("zhang", "101", at=DAY_2)],
        "zhang 101 paper",
        DAY_3,
        OK_OWNER,
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "verified again during the notice",
        [*ZHANG, *known("zhang", "101", at=DAY_2)],
        "zhang 101",
        DAY_3,
        OK_OWNER,
        OK_OWNER,
    ),
    # SZ-21 and BJ-OQ5: co-owners.
    ("co-owner, nobody chosen", COUPLE, "wang 102", DAY_3, OK_CO_OWNER, OK_CO_OWNER),
    (
        "co-owner after the first",
        [*COUPLE, cast("li", "102")],
        "wang 102",
        DAY_5,
        no("coowner_voted", "SZ-21.2"),
        no("coowner_voted", "BJ-OQ5"),
    ),
    (
        "chosen representative",
        LI_CHOSEN,
        "li 102",
        DAY_3,
        ("representative", ""),
        ("representative", ""),
    ),
    (
        "co-owner not chosen",
        LI_CHOSEN,
        "wang 102",
        DAY_3,
        no("representative_chosen", "SZ-21.1"),
        OK_CO_OWNER,
    ),
    (
        "co-owner not chosen, on paper",
        LI_CHOSEN,
        "wang 102 paper",
        DAY_3,
        no("representative_chosen", "SZ-21.1"),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "choice ends with a new co-owner",
        [*LI_CHOSEN, title("102", "wang", "he", at=DAY_2)],
        "wang 102",
        DAY_3,
        OK_CO_OWNER,
        OK_CO_OWNER,
    ),
    (
        "co-owner after the choice was taken back",
        [*LI_CHOSEN, RepresentativeEnded(DAY_2, "102", "li")],
        "wang 102",
        DAY_3,
        OK_CO_OWNER,
        OK_CO_OWNER,
    ),
    (
        "former representative is a co-owner like the other",
        [*LI_CHOSEN, RepresentativeEnded(DAY_2, "102", "li")],
        "li 102",
        DAY_3,
        OK_CO_OWNER,
        OK_CO_OWNER,
    ),
    (
        "co-owner before the choice was taken back",
        [*LI_CHOSEN, RepresentativeEnded(DAY_3, "102", "li")],
        "wang 102",
        DAY_2,
        no("representative_chosen", "SZ-21.1"),
        OK_CO_OWNER,
    ),
    (
        "end of an older choice leaves the newer one",
        [
            *LI_CHOSEN,
            RepresentativeChosen(DAY_2, "102", "wang"),
            RepresentativeEnded(DAY_2 + SECOND, "102", "li"),
        ],
        "li 102",
        DAY_3,
        no("representative_chosen", "SZ-21.1"),
        OK_CO_OWNER,
    ),
    # SZ-13 and BJ-OQ11: title changes.
    (
        "seller after a sale before the notice",
        SOLD_BEFORE,
        "zhang 101",
        DAY_3,
        no("title_changed", "SZ-13"),
        no("title_changed", "BJ-OQ11.2"),
    ),
    (
        "buyer known before the notice",
        [*SOLD_BEFORE, *known("chen", "101", at=NOTICE - SECOND)],
        "chen 101",
        DAY_3,
        OK_OWNER,
        OK_OWNER,
    ),
    ("seller before the sale", SOLD, "zhang 101", DAY_2 - SECOND, OK_OWNER, OK_OWNER),
    (
        "seller after a sale while voting",
        SOLD,
        "zhang 101",
        DAY_3,
        no("title_changed", "SZ-13"),
        no("title_changed", "BJ-OQ11.2"),
    ),
    (
        "buyer not known yet",
        SOLD,
        "chen 101",
        DAY_3,
        no("not_verified", "SZ-9.1"),
        no("not_verified", "BJ-OQ9"),
    ),
    (
        "buyer bound while voting",
        SOLD_TO_KNOWN,
        "chen 101",
        DAY_4,
        no("late_binding", "SZ-18"),
        OK_OWNER,
    ),
    (
        "buyer bound while voting, on paper",
        SOLD_TO_KNOWN,
        "chen 101 paper",
        DAY_4,
        OK_OWNER,
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "buyer after the seller's vote",
        [*SOLD_TO_KNOWN, cast("zhang", "101", at=OPENS)],
        "chen 101",
        DAY_4,
        no("previous_owner_voted", "SZ-16"),
        no("previous_owner_voted", "BJ-OQ11.1"),
    ),
    (
        "seller buys back and must bind again",
        [*SOLD_BEFORE, title("101", "zhang", at=NOTICE)],
        "zhang 101",
        DAY_3,
        no("not_bound", "SZ-9.4"),
        no("not_bound", "BJ-O3.1"),
    ),
    (
        "spouse joins the title",
        [*ZHANG, title("101", "zhang", "qian", at=DAY_2)],
        "zhang 101",
        DAY_3,
        OK_CO_OWNER,
        OK_CO_OWNER,
    ),
    # BJ-OQ13 and CN-I9: several units, one head, one ballot.
    (
        "other unit after the one ballot",
        [*THREE, cast("zhou", "101", "102")],
        "zhou 102",
        DAY_5,
        no("already_voted", "SZ-16"),
        no("already_voted", "BJ-OQ7"),
    ),
    (
        "unit bound after the ballot",
        [*THREE, cast("zhou", "101", "102"), Bound(DAY_4, "zhou", "103")],
        "zhou 103",
        DAY_5,
        no("already_voted", "SZ-16"),
        no("voted_before_joining", "BJ-OQ13.3"),
    ),
    (
        "unit not bound after the ballot",
        [*THREE, cast("zhou", "101", "102")],
        "zhou 103",
        DAY_5,
        no("already_voted", "SZ-16"),
        no("not_bound", "BJ-O3.1"),
    ),
    (
        "unit held with somebody else is another head",
        [*THREE, title("201", "zhou", "wu"), *known("zhou", "201"), cast("zhou", "101", "102")],
        "zhou 201",
        DAY_5,
        OK_CO_OWNER,
        OK_CO_OWNER,
    ),
    # SZ-31: organisations.
    ("agent of an organisation", COMPANY, "clerk 102", DAY_3, ("agent", ""), ("agent", "")),
    (
        "agent after the organisation's vote",
        [*COMPANY, cast("clerk", "101", "102", owner="acme")],
        "clerk 101",
        DAY_5,
        no("already_voted", "SZ-16"),
        no("already_voted", "BJ-OQ7"),
    ),
    (
        "agent whose authority has ended",
        [*COMPANY, AgentAuthorised(DAY_2, "acme", "clerk", DAY_3)],
        "clerk 101",
        DAY_3,
        no("agent_ended", "SZ-31"),
        no("agent_ended", "BJ-O3.2"),
    ),
    (
        "agent after the organisation took the authority back",
        [*COMPANY, AgentEnded(DAY_2, "acme", "clerk")],
        "clerk 101",
        DAY_3,
        no("agent_ended", "SZ-31"),
        no("agent_ended", "BJ-O3.2"),
    ),
    (
        "agent before the authority was taken back",
        [*COMPANY, AgentEnded(DAY_3, "acme", "clerk")],
        "clerk 101",
        DAY_2,
        ("agent", ""),
        ("agent", ""),
    ),
    (
        "second agent after the first one's authority ended",
        [
            *COMPANY,
            AgentEnded(DAY_2, "acme", "clerk"),
            *known("buyer"),
            AgentAuthorised(DAY_2, "acme", "buyer"),
        ],
        "buyer 101",
        DAY_3,
        ("agent", ""),
        ("agent", ""),
    ),
    (
        "agent on paper",
        COMPANY,
        "clerk 101 paper",
        DAY_3,
        ("agent", ""),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "developer's agent for an unsold unit",
        UNSOLD,
        "seller 103",
        DAY_3,
        ("agent", ""),
        ("agent", ""),
    ),
    (
        "developer's agent for a unit that was sold",
        [*UNSOLD, title("103", "chen", at=DAY_2)],
        "seller 103",
        DAY_3,
        no("not_owner", "SZ-9.4"),
        no("not_owner", "BJ-0.2"),
    ),
    (
        "buyer from the developer after the developer's ballot",
        [
            *UNSOLD,
            cast("seller", "103", "201", owner="developer", at=OPENS),
            title("103", "chen", at=DAY_2),
            *known("chen", "103", at=DAY_3),
        ],
        "chen 103",
        DAY_4,
        no("previous_owner_voted", "SZ-16"),
        no("previous_owner_voted", "BJ-OQ11.1"),
    ),
    # SZ-20: proxies.
    ("proxy", PROXY, "sun 101", DAY_3, ("proxy", ""), no("proxy_not_offered", "C-17")),
    (
        "proxy not verified",
        [e for e in PROXY if e != Verified(LONG_AGO, "sun")],
        "sun 101",
        DAY_3,
        no("not_verified", "SZ-9.1"),
        no("proxy_not_offered", "C-17"),
    ),
    (
        "proxy after the period",
        PROXY,
        "sun 101",
        DAY_4,
        no("proxy_period", "SZ-20.2"),
        no("proxy_not_offered", "C-17"),
    ),
    (
        "proxy after the cancellation",
        CANCELLED,
        "sun 101",
        DAY_3,
        no("proxy_cancelled", "SZ-20.4"),
        no("proxy_not_offered", "C-17"),
    ),
    (
        "proxy appointed again",
        [*CANCELLED, ProxyAppointed(DAY_2 + SECOND, "zhang", "sun")],
        "sun 101",
        DAY_5,
        ("proxy", ""),
        no("proxy_not_offered", "C-17"),
    ),
    ("owner after the cancellation", CANCELLED, "zhang 101", DAY_3, OK_OWNER, OK_OWNER),
    ("owner with an open appointment", PROXY, "zhang 101", DAY_3, OK_OWNER, OK_OWNER),
    (
        "owner after the proxy",
        [*PROXY, cast("sun", "101", owner="zhang")],
        "zhang 101",
        DAY_5,
        no("proxy_voted", "SZ-16"),
        no("proxy_voted", "EV-8.1.4"),
    ),
    (
        "proxy after the owner",
        [*PROXY, cast("zhang", "101", at=DAY_2)],
        "sun 101",
        DAY_3,
        no("already_voted", "SZ-16"),
        no("proxy_not_offered", "C-17"),
    ),
    (
        "proxy of a seller",
        [*PROXY, title("101", "chen", at=DAY_2)],
        "sun 101",
        DAY_3,
        no("not_owner", "SZ-9.4"),
        no("not_owner", "BJ-0.2"),
    ),
    (
        "proxy of the representative among co-owners",
        [
            *LI_CHOSEN,
            *known("sun"),
            *(ProxyAppointed(BEFORE, who, "sun") for who in ("wang", "li")),
        ],
        "sun 102",
        DAY_3,
        ("proxy", ""),
        no("proxy_not_offered", "C-17"),
    ),
    # SZ-22.2 and BJ-G9: channels.
    (
        "paper after the electronic vote",
        [*ZHANG, cast("zhang", "101", at=DAY_2)],
        "zhang 101 paper",
        DAY_3,
        no("electronic_vote_stands", "SZ-22.2"),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "electronic vote after paper",
        [*ZHANG, cast("zhang", "101", channel="paper", at=DAY_2)],
        "zhang 101",
        DAY_3,
        OK_OWNER,
        OK_OWNER,
    ),
    (
        "second paper ballot",
        [*ZHANG, cast("zhang", "101", channel="paper", at=DAY_2)],
        "zhang 101 paper",
        DAY_3,
        no("already_voted", "SZ-16"),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "second paper ballot for another unit of the same owner",
        [*THREE, cast("zhou", "101", channel="paper", at=DAY_2)],
        "zhou 102 paper",
        DAY_3,
        no("already_voted", "SZ-16"),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "paper dated after closing",
        ZHANG,
        "zhang 101 paper",
        CLOSES,
        no("paper_too_late", "SZ-11.3"),
        no("paper_not_offered", "BJ-GQ10"),
    ),
    (
        "terminal with the card alone",
        ZHANG[:2],
        "zhang 101 terminal",
        DAY_3,
        no("terminal_not_offered", "C-2"),
        OK_OWNER,
    ),
]


def answer_of(profile, events, attempt, instant):
    person, unit, *channel = attempt.split()
    answer = may_vote(events, Attempt(person, unit, *channel), instant, profile)
    if answer.allowed:
        assert (answer.reason, answer.message, answer.clause) == ("", "", "")
        return answer.capacity, ""
    assert answer.message == f"refusal.{answer.reason}"
    assert answer.capacity is None
    return answer.reason, answer.clause


@pytest.mark.clause("C-4")
@pytest.mark.clause("C-5")
@pytest.mark.clause("C-7")
@pytest.mark.clause("C-8")
@pytest.mark.clause("SZ-13")
@pytest.mark.clause("SZ-18")
@pytest.mark.clause("SZ-21.1")
@pytest.mark.clause("SZ-21.2")
@pytest.mark.clause("SZ-31")
@pytest.mark.clause("BJ-OQ5")
@pytest.mark.clause("BJ-OQ9")
@pytest.mark.clause("BJ-OQ11.1")
@pytest.mark.clause("BJ-OQ11.2")
@pytest.mark.clause("BJ-OQ12")
@pytest.mark.clause("BJ-OQ13.3")
@pytest.mark.parametrize("row", SEQUENCES, ids=lambda row: row[0])
def test_sequence_of_events_decides_with_a_reason(shenzhen, beijing, row):
    _name, events, attempt, instant, in_shenzhen, in_beijing = row
    assert answer_of(shenzhen, events, attempt, instant) == in_shenzhen
    assert answer_of(beijing, events, attempt, instant) == in_beijing


def test_there_are_at_least_forty_sequences():
    assert len({row[0] for row in SEQUENCES}) >= 40


@pytest.mark.parametrize("row", SEQUENCES, ids=lambda row: row[0])
def test_later_events_never_change_an_answer_about_the_past(shenzhen, beijing, row):
    _name, events, attempt, instant, in_shenzhen, in_beijing = row
    later = instant + SECOND
    unit = attempt.split()[1]
    events = [
        title(unit, "newcomer", at=later),
        cast("newcomer", unit, at=later),
        Suspended(later),
        WindowSet(later, OPENS, OPENS, None, frozenset()),
        *events,
    ]
    assert answer_of(shenzhen, events, attempt, instant) == in_shenzhen
    assert answer_of(beijing, events, attempt, instant) == in_beijing


@pytest.mark.clause("SZ-13")
def test_bindings_of_sellers_are_found_at_launch():
    assert stale_bindings(SOLD_BEFORE, NOTICE) == [("zhang", "101")]
    assert stale_bindings(SOLD_BEFORE, BEFORE - SECOND) == []
    dissolved = [*SOLD_BEFORE, Unbound(BEFORE + SECOND, "zhang", "101")]
    assert stale_bindings(dissolved, NOTICE) == []
    assert stale_bindings([*COUPLE, title("102", "li", at=BEFORE)], NOTICE) == [("wang", "102")]


def test_event_of_the_same_instant_has_happened(shenzhen):
    events = [*ZHANG, cast("zhang", "101", at=DAY_3)]
    assert answer_of(shenzhen, events, "zhang 101", DAY_3) == ("already_voted", "SZ-16")
    assert answer_of(shenzhen, events, "zhang 101", DAY_3 - SECOND) == OK_OWNER


def test_answer_names_the_owner_in_whose_right_one_votes(shenzhen):
    assert may_vote(PROXY, Attempt("sun", "101"), DAY_3, shenzhen).owner == "zhang"
    assert may_vote(COMPANY, Attempt("clerk", "101"), DAY_3, shenzhen).owner == "acme"
    assert may_vote(ZHANG, Attempt("zhang", "101"), DAY_3, shenzhen).owner == "zhang"


def test_first_ballot_stands_where_no_channel_goes_first(profiles):
    data = profiles["generic"]
    first = replace(
        data, cross_channel_precedence=replace(data.cross_channel_precedence, value="first")
    )
    events = [*ZHANG, cast("zhang", "101", channel="paper", at=DAY_2)]
    assert answer_of(first, events, "zhang 101", DAY_3)[0] == "already_voted"
