"""Chinese texts of a given size, the same every time."""

from __future__ import annotations

import random

WORDS = (
    *("业主大会", "维修资金", "电梯", "物业服务", "公告", "公示", "表决", "议题", "楼栋", "小区"),
    *("消防", "绿化", "停车", "费用", "合同", "选聘", "续聘", "候选人", "委员", "监督", "审计"),
    *("水泵", "外墙", "防水", "门禁", "监控", "垃圾分类", "装修", "噪声", "供暖", "通知", "安全"),
    *("检查", "整改", "招标", "投标", "预算", "决算", "收益", "广告", "车位", "充电", "志愿者"),
)
LETTERS = "的一是在有和人这中为上个国以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子"
KILOBYTE = 1024


def announcements(count: int, size: int = KILOBYTE, seed: int = 7) -> list[tuple[str, str]]:
    """Return titles and bodies; a body has about ``size`` bytes in UTF-8."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        parts: list[str] = []
        length = 0
        while length < size // 3:
            letters = "".join(chance.choices(LETTERS, k=chance.randrange(2, 6)))
            part = chance.choice(WORDS) + letters + chance.choice(("，", "。", "、", "\n"))
            parts.append(part)
            length += len(part)
        found.append((f"关于{chance.choice(WORDS)}的公告第{number + 1}号", "".join(parts)))
    return found
