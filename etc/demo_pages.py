"""The pages of the demo site that matter: name, who looks, address, what to do there first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urljoin

from browsing import press

HOME = "/communities/haitang/"
MEETINGS = f"{HOME}meetings/"
ARCHIVED, IN_REVIEW, VOTING, NOTICED, SUBMITTED = (
    f"{MEETINGS}2026-00{number}/" for number in range(1, 6)
)
OTHER_HOME = "/communities/rongshu/"
SECRET, TABLET = (f"{OTHER_HOME}meetings/2026-00{number}/" for number in (1, 2))
# Owners of the other community who never registered, as their documents name them.
STRANGER, SECOND_STRANGER = ("徐文兰", "990100198005198564"), ("谢海英", "990100198202079759")
# Log-in names; an empty one is somebody without an account, the owners are given by their number.
ANYBODY, OWNER, CO_OWNER, PROXY = "", "owner", "co-owner", "proxy"
OWNERS = (OWNER, CO_OWNER, PROXY)


def login_of(site: Any, name: str) -> str:
    """Return the log-in name on a demo site of somebody named above."""
    return str(site.owners[OWNERS.index(name)]) if name in OWNERS else name


class Page(NamedTuple):
    """A page: its name, who looks at it, where, and what to do there to reach it."""

    name: str
    login: str
    path: str
    act: Callable[[Any], None] | None = None


def choose(tab: Any) -> None:
    """Mark a choice for every motion and go on to the review."""
    for motion in tab.locator("fieldset.motion").all():
        motion.locator(".choice").first.click()
    press(tab, tab.get_by_role("button", name="下一步"))


def cast(tab: Any) -> None:
    """Vote; ends at the voucher."""
    choose(tab)
    press(tab, tab.get_by_role("button", name="确认投票"))


def see_appointment(tab: Any) -> None:
    """Open the appointment the proxy has accepted."""
    press(tab, tab.locator("a", has_text="已生效"))


def open_tablet(tab: Any) -> None:
    """Open a tablet and forget the last one; ends at the code that binds it."""
    tab.context.clear_cookies(name="yitang_terminal")
    tab.fill("input[name=place]", "南门服务点")
    press(tab, "#form button")


def enter_code(tab: Any) -> None:
    """Enter the code that the helper's page shows on the tablet, here the same browser."""
    code = tab.inner_text(".voucher__number")
    tab.goto(tab.url.partition("kiosk")[0] + "terminal")
    tab.fill("#code", code)
    press(tab, "button[name=act]")


def admit(tab: Any, who: tuple[str, str] = STRANGER) -> None:
    """Open a tablet, bind it and check a document; ends at the code for the voter."""
    open_tablet(tab)
    helper = tab.get_by_role("link", name="接下来核对业主").get_attribute("href")
    enter_code(tab)
    tab.goto(urljoin(tab.url, helper))
    tab.fill("input[name=name]", who[0])
    tab.select_option("select[name=id_kind]", "resident_id")
    tab.fill("input[name=id_number]", who[1])
    tab.check("input[name=seen]")
    press(tab, "#form button")


def begin_on_tablet(tab: Any, who: tuple[str, str] = STRANGER) -> None:
    """Let the voter begin; ends at the ballot."""
    admit(tab, who)
    enter_code(tab)


def cast_on_tablet(tab: Any, who: tuple[str, str] = STRANGER) -> None:
    """Let the voter vote; ends at the voucher."""
    begin_on_tablet(tab, who)
    cast(tab)


PAGES = (
    Page("home", ANYBODY, "/"),
    Page("login", ANYBODY, "/login"),
    Page("register", ANYBODY, "/register"),
    Page("verify", ANYBODY, "/verify"),
    Page("search", ANYBODY, "/search?q=电梯"),
    Page("policies", ANYBODY, "/policies"),
    Page("law", ANYBODY, "/law"),
    Page("law-clause", ANYBODY, "/law/clause/SZ-12.2"),
    Page("law-compare", ANYBODY, "/law/compare"),
    Page("law-preview", ANYBODY, "/law/preview"),
    Page("threats", ANYBODY, "/help/threats"),
    Page("help", ANYBODY, "/help"),
    Page("entry", ANYBODY, "/entry"),
    Page("privacy", ANYBODY, "/help/privacy"),
    Page("outbox", ANYBODY, "/outbox"),
    Page("identity-methods", ANYBODY, "/offices/shenzhen/nanshan/identity-methods"),
    Page("communities", ANYBODY, "/communities/"),
    Page("office", ANYBODY, "/offices/shenzhen/nanshan/yuehai/"),
    Page("missing", ANYBODY, "/no-such-page"),
    Page("community", ANYBODY, HOME),
    Page("announcements", ANYBODY, f"{HOME}announcements/"),
    Page("announcement", ANYBODY, f"{HOME}announcements/2026-002/"),
    Page("meetings", ANYBODY, MEETINGS),
    Page("meeting-noticed", ANYBODY, NOTICED),
    Page("binding-list", ANYBODY, f"{NOTICED}binding-list"),
    Page("meeting-archived", ANYBODY, ARCHIVED),
    Page("motion", ANYBODY, f"{ARCHIVED}m3/"),
    Page("result", ANYBODY, f"{ARCHIVED}result"),
    Page("archives", ANYBODY, f"{HOME}archives/"),
    Page("archive", ANYBODY, f"{HOME}archives/2026-001/"),
    Page("other-community", ANYBODY, OTHER_HOME),
    Page("secret-meeting", ANYBODY, SECRET),
    Page("secret-result", ANYBODY, f"{SECRET}result"),
    Page("owner-community", OWNER, HOME),
    Page("meeting", OWNER, VOTING),
    Page("ballot", OWNER, f"{VOTING}vote"),
    Page("review", OWNER, f"{VOTING}vote", choose),
    Page("voucher", CO_OWNER, f"{VOTING}vote", cast),
    Page("votes", OWNER, "/votes"),
    Page("me", OWNER, "/me"),
    Page("messages", OWNER, "/messages"),
    Page("bind", OWNER, "/me/bind"),
    Page("identity", OWNER, "/me/identity"),
    Page("profile", OWNER, "/me/profile"),
    Page("devices", OWNER, "/me/devices"),
    Page("notifications", OWNER, "/me/notifications"),
    Page("second-factor", OWNER, "/me/second"),
    Page("consents", OWNER, "/me/consents"),
    Page("close", OWNER, "/me/close"),
    Page("office-account", OWNER, "/offices/shenzhen/nanshan/yuehai/ask-account"),
    Page("community-new", OWNER, "/community_applications/add/community_application"),
    Page("objection-new", OWNER, f"{NOTICED}add/objection"),
    Page("can-i-vote", OWNER, f"{NOTICED}can-i-vote"),
    Page("can-i-vote-co-owner", CO_OWNER, f"{VOTING}can-i-vote"),
    Page("proxy-new", OWNER, f"{NOTICED}proxy"),
    Page("proxy-paper", OWNER, f"{NOTICED}proxy-paper"),
    Page("proxy", PROXY, f"{VOTING}proxy", see_appointment),
    Page("proxy-ballot", PROXY, f"{VOTING}vote"),
    Page("agent-new", OWNER, f"{HOME}agent"),
    Page("convenor-new", OWNER, f"{HOME}convenors/add/convenor_request"),
    Page("service", OWNER, f"{HOME}service/"),
    Page("service-new", OWNER, f"{HOME}service/new"),
    Page("service-rate", OWNER, f"{HOME}service/rate"),
    Page("service-ratings", OWNER, f"{HOME}service/ratings"),
    Page("service-request", OWNER, f"{HOME}service/2026-001/"),
    Page("service-handled", "service", f"{HOME}service/"),
    Page("service-taking", "service", f"{HOME}service/2026-002/"),
    Page("service-words", "service", f"{HOME}service/ratings"),
    Page("signed-sheets", "convenor", f"{IN_REVIEW}signed-sheets"),
    Page("funds", OWNER, f"{HOME}funds/"),
    Page("facilities", OWNER, f"{HOME}facilities/"),
    Page("convenor-community", "convenor", HOME),
    Page("cockpit", "convenor", "/cockpit"),
    Page("versions", "convenor", f"{VOTING}compare"),
    Page("turnout", "convenor", f"{VOTING}turnout"),
    Page("paper", "convenor", f"{VOTING}paper/"),
    Page("meeting-convenor", "convenor", NOTICED),
    Page("trustees-to-name", "convenor", f"{NOTICED}trustees"),
    Page("trustees", "scrutineer", f"{VOTING}trustees"),
    Page("monitor", "scrutineer", f"{VOTING}monitor"),
    Page("meeting-new", "convenor", f"{MEETINGS}add/meeting"),
    Page("confirm", "convenor", f"{HOME}confirm"),
    Page("announcement-new", "convenor", f"{HOME}announcements/add/announcement"),
    Page("kiosk", "convenor2", f"{TABLET}kiosk"),
    Page("kiosk-open", "convenor2", f"{TABLET}kiosk", open_tablet),
    Page("kiosk-admit", "convenor2", f"{TABLET}kiosk", admit),
    Page("tablet", "convenor2", f"{TABLET}terminal"),
    Page("tablet-ballot", "convenor2", f"{TABLET}kiosk", begin_on_tablet),
    Page("tablet-voucher", "convenor2", f"{TABLET}kiosk", cast_on_tablet),
    Page("queue", "street", "/queue"),
    Page("meeting-submitted", "street", SUBMITTED),
    Page("compare", "street", f"{SUBMITTED}compare"),
    Page("meeting-review", "street", IN_REVIEW),
    Page("result-review", "street", f"{IN_REVIEW}result"),
    Page("unit-results", "street", f"{IN_REVIEW}unit-results"),
    Page("register-of-owners", "street", f"{HOME}owners/"),
    Page("import-new", "street", f"{HOME}owners/import"),
    Page("import", "street", f"{HOME}owners/2026-001/"),
    Page("building", "street", f"{HOME}buildings/b1/"),
    Page("unit", "street", f"{HOME}buildings/b1/1-102/"),
    Page("organiser-new", "street", f"{HOME}organiser"),
    Page("accounts", "municipal", "/accounts"),
    Page("account-new", "street", "/accounts/new"),
    Page("audit", "auditor", "/audit"),
    Page("archive-records", "records", f"{HOME}archives/2026-001/"),
    Page("appraise", "records", f"{HOME}archives/appraise"),
    Page("fund-manager", "fund-manager", f"{HOME}funds/"),
    Page("drawdown", "fund-manager", f"{HOME}funds/2026-002/"),
    Page("device", "engineer", f"{HOME}facilities/devices/2026-001/"),
    Page("alarms", "engineer", f"{HOME}facilities/alarms/"),
    Page("orders", "engineer", f"{HOME}facilities/orders/"),
)
