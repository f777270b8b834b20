"""Playing the story (演示): build the town, live through the months, leave a site to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from content_types.community.confirming import confirm_totals
from content_types.story import town
from content_types.story.acting import Stage
from content_types.story.meetings import Director, plans
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


def play(registry: Any, password: str, say: Callable[[str], None]) -> tuple[list[str], datetime]:
    """Play everything; returns the log-ins of owners with the password, and when it ends.

    Moves the clock of this process; the caller sets it back.
    """
    today = demo_now(registry)
    stage = Stage(registry, say)
    director = Director(stage, today)
    stage.at(director.day(FIRST_DAY))
    say("机构、小区、人员")
    stage.run(town.build_offices)
    stage.run(town.build_community)
    stage.run(lambda request: town.build_staff(request, password))
    say("导入业主名册")
    stage.run(town.import_register, "street")
    say("业主注册、验证、绑定")
    owners = town.settle_owners(stage, REGISTERED, password)
    stage.run(_confirm, "convenor")
    for when, act in sorted([*director.acts(), *_news(director)], key=lambda pair: pair[0]):
        stage.at(when)
        act()
    stage.at(today)
    say(f"{len(plans())} 场会议")
    return owners, today


def _confirm(request: Any) -> None:
    confirm_totals(town.community(request), request)


def _news(director: Director) -> list[tuple[datetime, Any]]:
    """Return the announcements of the street office and the committee."""

    def publish(title: str, body: str) -> Any:
        def act(request: Any) -> None:
            item = content.create("announcement", request, title=title, body=body)
            content.add(town.community(request)["announcements"], item, request)
            workflow.transition(item, "publish", request)

        return lambda: director.stage.run(act, "convenor")

    return [(director.day(day, 9), publish(title, body)) for day, title, body in NEWS]
