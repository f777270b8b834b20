"""What is put to the vote in the story (剧本), meeting by meeting, and on which days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from content_types.story.town import HAITANG, RONGSHU, Place

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
    secret: bool = False
    proxies: int | None = None  # the day on which neighbours appoint a proxy
    place: Place = HAITANG


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
PARKING = {
    "title": "改造小区东门停车场",
    "matter": "common_parts_use",
    "description": "增设 12 个停车位和 4 个充电桩，费用从公共收益支出。",
    "mode": "single",
}
BY_ELECTION = {
    "title": "补选业主委员会委员",
    "matter": "committee_election",
    "description": "候选人 3 名，应选 2 名。本次投票采用无记名方式。",
    "mode": "competitive",
    "options": ("林文远", "苏丽华", "洪志强"),
    "max_marks": 2,
    "seats": 2,
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
            proxies=-2,
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
        Plan(
            "业主大会会议（补选委员）",
            entered=-30,
            noticed=-29,
            opens=-18,
            closes=-8,
            turnout=0.8,
            published=-6,
            secret=True,
            place=RONGSHU,
            motions=(BY_ELECTION,),
        ),
        Plan(
            "业主大会会议（停车场改造）",
            entered=-12,
            noticed=-11,
            opens=-3,
            closes=9,
            turnout=0.4,
            place=RONGSHU,
            motions=(PARKING,),
        ),
    )
