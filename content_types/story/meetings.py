"""The meetings of the story, each in another state of its life."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from content_types.meeting.casting import cast
from content_types.meeting.second_reading import read
from content_types.record_file import decide
from content_types.story import trustees
from content_types.story.acting import Stage, posting
from content_types.story.town import OWNERS, community
from portal import clock, content, workflow

BATCH = 50
FUND_FEN = 48_600_000


@dataclass(frozen=True)
class Plan:
    """When a meeting of the story takes its steps, in days from now; None is not yet."""

    title: str
    entered: int
    opens: int
    closes: int
    motions: tuple[dict[str, Any], ...]
    approved: int | None = None
    noticed: int | None = None
    turnout: float = 0.0
    published: int | None = None
    filed: int | None = None
    returned_first: bool = False
    comment: str = ""
    trustees: bool = False
    method: str = "electronic"


SERVICE = {
    "title": "续聘海棠物业服务有限公司",
    "matter": "service_company",
    "description": "服务期三年，物业服务费保持每月每平方米 3.90 元不变。合同草案见附件。",
    "mode": "single",
}
PARTS = {
    "title": "利用小区北侧共有场地设置电动自行车充电站",
    "matter": "common_parts_use",
    "description": "由供电企业投资建设，收益归全体业主所有，每年公示一次。",
    "mode": "single",
}
ELECTION = {
    "title": "选举第四届业主委员会委员",
    "matter": "committee_election",
    "description": "候选人 7 名，应选 5 名。候选人简介已随公示张贴。",
    "mode": "competitive",
    "options": ("周明远", "林秀英", "何建国", "唐雅琴", "罗志强", "邓小梅", "冯伟东"),
    "max_marks": 5,
    "seats": 5,
}
ROOF = {
    "title": "使用维修资金翻修 3 栋屋面防水",
    "matter": "maintenance_fund_use",
    "description": "预算 486,000.00 元，由 3 栋业主分摊。施工方案和预算见附件。",
    "mode": "single",
    "amount_fen": FUND_FEN,
}
LIFT = {
    "title": "使用维修资金更新 5 栋电梯",
    "matter": "maintenance_fund_use",
    "description": "两部电梯已运行 18 年，检验机构建议更新。预算 920,000.00 元。",
    "mode": "single",
    "amount_fen": 92_000_000,
}
COVENANT = {
    "title": "修改管理规约（宠物饲养和装修管理）",
    "matter": "covenant",
    "description": "修改草案见附件，修改处已标出。",
    "mode": "single",
}


def plans() -> tuple[Plan, ...]:
    """Return the meetings of the story, oldest first."""
    return (
        Plan(
            "第一次业主大会会议",
            entered=-80,
            approved=-77,
            noticed=-76,
            opens=-55,
            closes=-45,
            turnout=0.86,
            published=-41,
            filed=-28,
            trustees=True,
            motions=(SERVICE, PARTS, ELECTION, ROOF),
        ),
        Plan(
            "第二次业主大会会议（管理规约）",
            entered=-42,
            approved=-39,
            noticed=-38,
            opens=-14,
            closes=-1,
            turnout=0.74,
            motions=(COVENANT,),
        ),
        Plan(
            "第三次业主大会会议（电梯更新）",
            entered=-30,
            approved=-28,
            noticed=-27,
            opens=-4,
            closes=8,
            turnout=0.52,
            trustees=True,
            method="electronic_paper",
            motions=(LIFT, PARTS),
        ),
        Plan(
            "第四次业主大会会议（物业服务）",
            entered=-5,
            approved=-3,
            noticed=-1,
            opens=22,
            closes=30,
            motions=(SERVICE,),
        ),
        Plan(
            "第五次业主大会会议（议事规则）",
            entered=-1,
            opens=26,
            closes=34,
            returned_first=True,
            comment="请写明会议地点的楼层，并补充议事规则草案。",
            motions=(COVENANT | {"title": "修改业主大会议事规则", "matter": "procedure_rules"},),
        ),
    )


class Director:
    """Plays the plans in the order of their days."""

    def __init__(self, stage: Stage, today: datetime) -> None:
        self.stage, self.today = stage, today
        self.names: dict[str, str] = {}

    def day(self, number: int, hour: int = 10) -> datetime:
        """Return an instant of the story: so many days from now, at an hour in Shanghai."""
        local = clock.local(self.today).replace(hour=hour, minute=0, second=0, microsecond=0)
        return local + timedelta(days=number)

    def acts(self) -> list[tuple[datetime, Any]]:
        """Return every act of every meeting with its instant, in order."""
        found: list[tuple[datetime, Any]] = []
        for plan in plans():
            found += self._acts_of(plan)
        now = [(when, act) for when, act in found if when <= self.today]
        return sorted(now, key=lambda pair: pair[0])

    def _acts_of(self, plan: Plan) -> list[tuple[datetime, Any]]:
        acts: list[tuple[datetime, Any]] = [(self.day(plan.entered), lambda: self.enter(plan))]
        if plan.approved is not None:
            acts.append((self.day(plan.approved), lambda: self.step(plan, "approve", "street")))
        if plan.noticed is not None:
            acts.append((self.day(plan.noticed), lambda: self.notice(plan)))
        if plan.turnout:
            last = min(plan.closes, 0)
            days = max(1, last - plan.opens)
            for number in range(days):
                share = plan.turnout * (number + 1) / days
                when = self.day(plan.opens + number, 20)
                acts.append((when, lambda share=share: self.votes(plan, share)))
        if plan.closes < 0:
            acts.append((self.day(plan.closes, 19), lambda: self.submit_result(plan)))
        if plan.published is not None:
            acts.append((self.day(plan.published), lambda: self.publish_result(plan)))
        if plan.filed is not None:
            acts.append((self.day(plan.filed), lambda: self.file(plan)))
        return acts

    def meeting(self, plan: Plan, request: Any) -> Any:
        """Return the meeting of a plan."""
        return community(request)["meetings"][self.names[plan.title]]

    def step(self, plan: Plan, name: str, login: str, comment: str = "") -> None:
        """Let somebody take a step."""
        self.stage.say(f"  {plan.title}：{name}")
        self.stage.run(
            lambda request: workflow.transition(
                self.meeting(plan, request), name, request, comment
            ),
            login,
        )
        self.stage.settle()

    def enter(self, plan: Plan) -> None:
        """Enter the meeting with its motions and submit it, perhaps twice."""
        self.stage.say(f"  {plan.title}")

        def act(request: Any) -> str:
            year = clock.local(self.today).year
            meeting = content.create(
                "meeting",
                request,
                title=f"海棠花园 {year} 年{plan.title}",
                convenor_kind="committee",
                method=plan.method,
                place="小区会所一楼大厅",
                voting_opens_at=self.utc(plan.opens, 9),
                voting_closes_at=self.utc(plan.closes, 18),
                description="请业主按时参加投票，投票后可下载凭证。",
            )
            name = content.add(community(request)["meetings"], meeting, request)
            for motion in plan.motions:
                values = dict(motion)
                if motion is ROOF or motion is LIFT:
                    values["scope_units"] = scope(request, "b3" if motion is ROOF else "b5")
                item = content.create("motion", request, **values)
                content.add(meeting, item, request, name=f"m{len(meeting.motions()) + 1}")
            self.submit(meeting, request)
            return name

        self.names[plan.title] = self.stage.run(act, "convenor")
        self.stage.settle()
        if plan.returned_first:
            self.step(plan, "return", "street", plan.comment)
            self.stage.run(lambda request: self.correct(plan, request), "convenor")
            self.stage.run(
                lambda request: self.submit(self.meeting(plan, request), request), "convenor"
            )
            self.stage.settle()

    @staticmethod
    def submit(meeting: Any, request: Any) -> None:
        """Read every setting once more, then submit."""
        read(meeting, request)
        workflow.transition(meeting, "submit", request)

    def correct(self, plan: Plan, request: Any) -> None:
        """Change what the street office asked for."""
        content.edit(self.meeting(plan, request), request, {"place": "小区会所二楼会议室"})

    def utc(self, number: int, hour: int) -> datetime:
        """Return a day of the story as a UTC instant."""
        return clock.datetime_from_milliseconds(int(self.day(number, hour).timestamp() * 1000))

    def notice(self, plan: Plan) -> None:
        """Post and publish the notice."""

        def act(request: Any) -> None:
            meeting = self.meeting(plan, request)
            meeting.posting = posting(meeting, "小区南门和各楼栋大堂公告栏", request)

        self.stage.run(act, "convenor")
        self.step(plan, "publish_notice", "convenor")
        if plan.trustees:
            trustees.appoint(self.stage, lambda request: self.meeting(plan, request))

    def votes(self, plan: Plan, share: float) -> None:
        """Let owners vote until a share of the rights has been used."""

        def waiting(request: Any) -> list[tuple[str, str]]:
            meeting = self.meeting(plan, request)
            spared = OWNERS if plan.closes > 0 else ()
            return voters(meeting, request, share, spared)

        pairs = self.stage.run(waiting)
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            self.stage.run(lambda request, part=part: self.cast(plan, part, request))
        self.stage.settle()
        self.stage.say(f"  {plan.title}：{len(pairs)} 票")

    def cast(self, plan: Plan, pairs: list[tuple[str, str]], request: Any) -> None:
        """Cast ballots: mostly in favour, as the motions of the story deserve."""
        meeting = self.meeting(plan, request)
        for key, account_id in pairs:
            chance = random.Random(f"{plan.title}{key}")  # noqa: S311 - the same every time.
            choices = {motion.__name__: _marks(motion, chance) for motion in meeting.motions()}
            cast(meeting, key, choices, request, account_id=account_id)

    def submit_result(self, plan: Plan) -> None:
        """Submit the result to the street office."""
        if plan.trustees:
            trustees.release(self.stage, lambda request: self.meeting(plan, request))
        self.step(plan, "submit_result", "convenor")

    def publish_result(self, plan: Plan) -> None:
        """Post and publish the result."""

        def act(request: Any) -> None:
            meeting = self.meeting(plan, request)
            meeting.result_posting = posting(meeting, "小区南门和各楼栋大堂公告栏", request)

        self.stage.run(act, "convenor")
        self.step(plan, "publish_result", "convenor")

    def file(self, plan: Plan) -> None:
        """Let the records officer class and number the file."""

        def act(request: Any) -> None:
            record = content.by_oid(request.site, self.meeting(plan, request).record_oid)
            decide(record, "YDH.HY", 0, request)
            workflow.transition(record, "file", request)

        self.stage.run(act, "records")
        self.stage.settle()


def scope(request: Any, building: str) -> tuple[str, ...]:
    """Return the codes of the units of a building."""
    return tuple(unit.code for unit in community(request)["buildings"][building].units())


def voters(
    meeting: Any, request: Any, share: float, spared: tuple[str, ...]
) -> list[tuple[str, str]]:
    """Return rights still unused, with an account that may cast each, up to a share of all.

    The rights of the ``spared`` units are left to whoever tries the demo.
    """
    box = meeting.ballot_box
    accounts: dict[str, str] = {}
    for unit in community(request)["owners"].units():
        right = box.roll.right_of(unit.code)
        if right is not None and unit.bindings and right.key not in accounts:
            accounts[right.key] = unit.bindings[0].account_id
    for code in spared:
        accounts.pop(box.roll.right_of(code).key, None)
    used = sum(1 for slot in box.slots.values() if slot.is_cast)
    free = [key for key in accounts if not box.slots[key].is_cast]
    random.Random(meeting.__name__).shuffle(free)  # noqa: S311 - the same every time.
    wanted = max(0, int(len(box.slots) * share) - used)
    return [(key, accounts[key]) for key in free[:wanted]]


def _marks(motion: Any, chance: random.Random) -> list[str]:
    keys = list(motion.option_keys())
    if motion.is_election:
        weights = [len(keys) + 2 - number for number in range(len(keys))]
        order = sorted(keys, key=lambda key: -chance.random() * weights[keys.index(key)])
        return order[: chance.randint(3, motion.max_marks)]
    roll = chance.random()
    return ["for" if roll < 0.83 else "against" if roll < 0.95 else "abstain"]
