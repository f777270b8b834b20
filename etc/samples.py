"""Sample values for the preview of the templates: the style guide and every page of the site.

``PAGES`` maps a template to its cases; a case is (name, values).  Values are what a view passes.
"""

from __future__ import annotations

from typing import Any

CHIPS = [
    ("draft", "草稿"),
    ("waiting", "公示中"),
    ("review", "街道审核中"),
    ("open", "投票中"),
    ("done", "已通过"),
    ("refused", "已退回"),
    ("closed", "已归档"),
]

TASKS = [
    {
        "title": "锦绣花园第十一次会议：请投票",
        "text": "三项议题，约需三分钟。2026年12月1日 18:00 截止，",
        "left_text": "还剩 2 天 3 小时",
        "url": "#vote",
        "action": "去投票",
        "icon": "check2-square",
        "urgent": True,
    },
    {
        "title": "核对您的房屋信息",
        "text": "3 幢 2 单元 1201，建筑面积 96.88 ㎡。有误可在公示期内提出异议。",
        "url": "#unit",
        "action": "去核对",
        "icon": "house-check",
    },
]

TIMELINE = [
    {
        "title": "向街道办事处报告",
        "date_text": "2026年10月8日",
        "status": "done",
        "clause": "SZ-12.1",
    },
    {
        "title": "投票权人名册公示",
        "date_text": "2026年10月20日 至 10月30日",
        "status": "done",
        "clause": "SZ-16.2",
        "note": "公示期内收到 2 件异议，均已复核。",
    },
    {
        "title": "会议公告",
        "date_text": "2026年11月10日",
        "status": "overdue",
        "clause": "SZ-18.1",
        "left_text": "已超过 2 天",
        "note": "请上传现场张贴照片。",
    },
    {
        "title": "投票",
        "date_text": "2026年11月26日 09:00 至 12月1日 18:00",
        "status": "now",
        "clause": "SZ-22.2",
        "left_text": "还剩 2 天 3 小时",
    },
    {
        "title": "公布结果",
        "date_text": "2026年12月4日 前",
        "status": "later",
        "clause": "SZ-30.1",
    },
    {"title": "归档", "date_text": "2026年12月20日 前", "status": "later"},
]

FLOORS = [
    {
        "label": f"{level} 层",
        "units": [
            {
                "name": f"{level:02d}{number:02d}",
                "kind": kind,
                "word": word,
                "url": f"#u{level}{number}",
            }
            for number, (kind, word) in enumerate(row, start=1)
        ],
    }
    for level, row in (
        (12, [("done", "已投票"), ("done", "已投票"), ("waiting", "待投票"), ("draft", "未绑定")]),
        (
            11,
            [("done", "已投票"), ("waiting", "待投票"), ("refused", "有异议"), ("draft", "未绑定")],
        ),
        (10, [("review", "核验中"), ("done", "已投票"), ("done", "已投票"), ("draft", "未绑定")]),
    )
]

ACTIONS = [
    {
        "name": "approve",
        "title": "审核通过",
        "url": "#step/approve",
        "kind": "primary",
        "comment": "optional",
    },
    {
        "name": "return",
        "title": "退回修改",
        "url": "#step/return",
        "kind": "danger",
        "comment": "required",
        "explain": "退回后召集人可以修改并再次提交。",
        "clause": "SZ-12.3",
    },
    {"name": "edit", "title": "编辑", "url": "#edit", "method": "get"},
    {
        "name": "open",
        "title": "开始投票",
        "url": "#step/open",
        "disabled_reason": "公示期到 2026年11月25日 才结束。",
        "clause": "SZ-16.2",
    },
]

FILES = [
    {"title": "会议公告", "url": "#a", "type": "pdf", "size_text": "182 KB"},
    {"title": "电梯更新方案及预算", "url": "#b", "type": "xlsx", "size_text": "44 KB"},
    {
        "title": "1 号公告栏张贴照片",
        "url": "#c",
        "type": "jpg",
        "size_text": "1.2 MB",
        "note": "11月10日 09:12",
    },
]

HISTORY = [
    {
        "at_text": "2026年11月3日 10:20",
        "actor": "翠竹街道办事处",
        "title": "退回修改",
        "comment": "议题二请补充费用分摊范围。",
    },
    {"at_text": "2026年11月2日 09:05", "actor": "召集人", "title": "提交审核"},
]

ITEMS = [
    {
        "title": "关于召开第十一次业主大会会议的公告",
        "url": "#1",
        "state": "公示中",
        "state_kind": "waiting",
        "meta": ["2026年11月10日", "公告 2026-011"],
        "unread": True,
    },
    {
        "title": "2026 年第三季度维修资金收支情况",
        "url": "#2",
        "summary": "本季度支出 3 笔，共 48,210.55 元。",
        "state": "已发布",
        "state_kind": "done",
        "meta": ["2026年10月15日"],
    },
    {"title": "消防通道整治通知", "url": "#3", "meta": ["2026年9月30日"]},
]

BATCH = {
    "page": 2,
    "pages": 12,
    "total": 236,
    "previous_url": "#p1",
    "next_url": "#p3",
    "links": [
        ("1", "#p1", False),
        ("2", "#p2", True),
        ("3", "#p3", False),
        ("…", None, False),
        ("12", "#p12", False),
    ],
}

QR = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 7 7'%3E%3Cpath d='M0 0h3v3H0z"
    "M4 0h3v3H4zM0 4h3v3H0zM4 4h1v1H4zM6 5h1v2H6z'/%3E%3C/svg%3E"
)

STYLEGUIDE: dict[str, Any] = {
    "chips": CHIPS,
    "tasks": TASKS,
    "timeline": TIMELINE,
    "steps": ["阅读材料", "填写选择", "核对", "完成"],
    "progress": [
        {
            "label": "参与人数",
            "value_text": "812 / 1,220 户（66.56 %）",
            "percent": "66.56",
            "mark": "66.67",
            "note": "还差 2 户达到三分之二。",
        },
        {
            "label": "参与面积",
            "value_text": "80,410.20 / 118,230.44 ㎡（68.01 %）",
            "percent": "68.01",
            "mark": "66.67",
            "note": "已达到三分之二。",
        },
    ],
    "bars": [
        {"label": "同意", "value_text": "455 票（48.82 %）", "percent": "48.82", "kind": "for"},
        {"label": "反对", "value_text": "377 票（40.45 %）", "percent": "40.45", "kind": "against"},
        {"label": "弃权", "value_text": "100 票（10.73 %）", "percent": "10.73", "kind": "abstain"},
    ],
    "floors": FLOORS,
    "legend": [
        ("done", "已投票", 5),
        ("waiting", "待投票", 2),
        ("review", "核验中", 1),
        ("refused", "有异议", 1),
        ("draft", "未绑定", 3),
    ],
    "stats": [
        {"label": "总户数", "value": "1,220", "unit": "户"},
        {"label": "总面积", "value": "118,230.44", "unit": "㎡"},
        {"label": "业主人数", "value": "1,187", "unit": "人", "note": "一人多户按一人计"},
        {"label": "已绑定", "value": "941", "unit": "户", "note": "77.13 %"},
    ],
    "facts": [
        ("召集人", "业主委员会"),
        ("表决形式", "书面征求意见（线上与纸质并行）"),
        ("投票时间", "2026年11月26日 09:00 至 12月1日 18:00"),
        ("依据", "《深圳经济特区物业管理条例》第二十二条"),
    ],
    "notices": [
        ("info", "公示期内可以提出异议，复核结果会通知到您。"),
        ("success", "您的表决票已经收到，凭证号 7K3Q-92MD。"),
        ("warning", "还有 408 户没有投票，可以再提醒一次。"),
        ("danger", "投票已经截止，不能再提交。"),
    ],
    "errors": [("手机号码：必填", "f-q"), ("身份证号：校验位不正确，请对照证件重新填写", "f-s")],
    "diff": [
        {
            "label": "会议公告第三条",
            "changed": True,
            "parts": [
                ("same", "电梯更新费用由"),
                ("del", "全体业主"),
                ("ins", "3 幢、4 幢业主"),
                ("same", "按专有部分面积分摊。"),
            ],
        },
        {
            "label": "投票时间",
            "changed": False,
            "parts": [("same", "2026年11月26日 09:00 至 12月1日 18:00")],
        },
    ],
    "list": ITEMS,
    "batch": BATCH,
    "signatures": [
        {"role": "召集人", "seal": True},
        {"role": "监票人"},
        {"role": "街道办事处", "seal": True},
    ],
    "qr": QR,
    "actions": ACTIONS,
    "files": FILES,
    "history": HISTORY,
}

PAGES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "styleguide": [("", {"sample": STYLEGUIDE})],
}
