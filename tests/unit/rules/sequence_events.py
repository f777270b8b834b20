"""The owners of the sequences, what happened to them, and when."""

from datetime import date, timedelta

from portal.rules.days import end_of_day, start_of_day
from portal.rules.vote_events import (
    AgentAuthorised,
    Bound,
    Cast,
    ProxyAppointed,
    ProxyCancelled,
    RepresentativeChosen,
    TitleRegistered,
    Verified,
    WindowSet,
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
