"""Playing the story (演示): build the town, live through the months, leave a site to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from content_types.community.confirming import confirm_totals
from content_types.story import guide, service, town
from content_types.story.acting import Stage
from content_types.story.meetings import Director
from content_types.story.places import HAITANG, PLACES, Place
from content_types.story.plans import plans
from portal import clock, content, workflow
from portal.rules.errors import RuleError

REGISTERED = 0.93
FIRST_DAY = -95
# The rules of the last meeting look this far ahead; the calendar must know the days.
AHEAD = timedelta(days=40)
NEWS = (
    (-60, "关于小区消防通道整治的公告", "请勿在消防通道停放车辆。本周起由物业服务人员每日巡查。"),
    (-20, "关于电梯年度检验的公告", "5 栋、6 栋电梯将于下周进行年度检验，每部停用约两小时。"),
    (-2, "关于冬季水箱清洗的公告", "生活水箱将于本周六清洗，上午九时至下午三时停水，请提前储水。"),
)


def demo_now(registry: Any) -> datetime:
    """Return the instant the story ends at: now, or earlier when next year is not yet known."""
    now = clock.now()
    try:
        registry.calendar.is_working_day(clock.local(now + AHEAD).date())
    except RuleError:
        last = max(registry.calendar.years)
        return now.replace(year=last, month=11, day=min(now.day, 20))
    return now


class Played(NamedTuple):
    """What the story leaves behind: log-in names that have the password, and what to try."""

    accounts: list[tuple[str, str]]  # log-in name, who that is
    owners: list[str]  # mobile numbers among them
    tries: list[tuple[str, str]]  # log-in name or nothing, what to do
    ended: datetime


def play(registry: Any, password: str, say: Callable[[str], None]) -> Played:
    """Play everything; returns who can log in, what to try, and the instant it ends.

    Moves the clock of this process; the caller sets it back.
    """
    today = demo_now(registry)
    stage = Stage(registry, say)
    director = Director(stage, today)
    stage.at(director.day(FIRST_DAY))
    owners = [phone for place in PLACES.values() for phone in _settle(stage, place, password)]
    asked = service.acts(director, HAITANG, guide.SERVICE)
    acts = [*director.acts(), *_news(director), *asked]
    for when, act in sorted(acts, key=lambda pair: pair[0]):
        stage.at(when)
        act()
    stage.at(today)
    say(f"{len(plans())} 场会议")
    return Played(stage.run(guide.accounts), owners, stage.run(guide.tries), today)


def _settle(stage: Stage, place: Place, password: str) -> list[str]:
    """Build a place and let its owners come; returns the mobile numbers with the password."""
    stage.say(f"{place.title}：机构、小区、人员")
    stage.run(town.build(place, password))
    stage.say("导入业主名册")
    stage.run(lambda request: town.import_register(request, place), place.street)
    stage.say("业主注册、验证、绑定")
    owners = town.settle_owners(stage, place, REGISTERED, password)
    stage.run(
        lambda request: confirm_totals(town.community(request, place), request), place.convenor
    )
    return owners


def _news(director: Director) -> list[tuple[datetime, Any]]:
    """Return the announcements of the street office and the committee."""

    def publish(title: str, body: str) -> Any:
        def act(request: Any) -> None:
            item = content.create("announcement", request, title=title, body=body)
            content.add(town.community(request, HAITANG)["announcements"], item, request)
            workflow.transition(item, "publish", request)

        return lambda: director.stage.run(act, HAITANG.convenor)

    return [(director.day(day, 9), publish(title, body)) for day, title, body in NEWS]
