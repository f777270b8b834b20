"""Sample values for the preview of the templates: the style guide and every page of the site.

``PAGES`` maps a template to its cases; a case is (name, values).  Values are what a view passes.
"""

from __future__ import annotations

from types import SimpleNamespace
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
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 7 7'%3E"
    "%3Cpath d='M0 0h3v3H0zM4 0h3v3H4zM0 4h3v3H0zM4 4h1v1H4zM6 5h1v2H6z'/%3E%3C/svg%3E"
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

ITEM = SimpleNamespace(title="锦绣花园", address="深圳市罗湖区翠竹路 2008 号")
COMMUNITIES = [
    {
        "title": "锦绣花园",
        "url": "#1",
        "place": "罗湖区翠竹街道",
        "units_text": "1,220 户",
        "state": "投票中",
        "state_kind": "open",
    },
    {"title": "翠竹苑", "url": "#2", "place": "罗湖区翠竹街道", "units_text": "386 户"},
    {
        "title": "东湖花园二期",
        "url": "#3",
        "place": "罗湖区东湖街道",
        "units_text": "742 户",
        "state": "名册公示中",
        "state_kind": "waiting",
    },
]
LINKS = [
    {"title": "业主大会会议", "url": "#m", "icon": "card-checklist", "note": "1 场进行中"},
    {"title": "公告公示", "url": "#a", "icon": "megaphone", "note": "236 条"},
    {"title": "楼盘表", "url": "#b", "icon": "buildings"},
    {"title": "档案", "url": "#r", "icon": "archive"},
    {"title": "维修资金", "url": "#f", "icon": "cash-coin"},
    {"title": "设施设备", "url": "#d", "icon": "wrench-adjustable", "note": "1 个告警"},
]
SETTINGS = [
    {"title": "通知设置", "url": "#n", "icon": "bell"},
    {"title": "登录设备", "url": "#d", "icon": "lock"},
    {"title": "修改密码", "url": "#p", "icon": "shield-check"},
    {"title": "申请召集人", "url": "#c", "icon": "person-plus"},
]
REGISTER_STEPS = ["手机号码", "核对身份", "选择房屋", "完成"]

PAGES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "styleguide": [("", {"sample": STYLEGUIDE})],
    "home": [
        (
            "",
            {
                "tasks": TASKS,
                "communities": COMMUNITIES,
                "announcements": ITEMS,
                "stats": STYLEGUIDE["stats"],
            },
        ),
        ("empty", {"tasks": [], "communities": [], "announcements": [], "stats": []}),
    ],
    "community": [
        (
            "",
            {
                "item": ITEM,
                "current": [
                    {
                        "title": "第十一次业主大会会议",
                        "url": "#m",
                        "state": "投票中",
                        "state_kind": "open",
                        "until_text": "2026年12月1日 18:00 截止",
                        "left_text": "还剩 2 天 3 小时",
                        "percent": "66.56",
                        "percent_text": "812 / 1,220 户",
                    },
                    {
                        "title": "关于投票权人名册的公示",
                        "url": "#n",
                        "state": "公示中",
                        "state_kind": "waiting",
                        "until_text": "2026年11月30日 24:00 截止",
                        "left_text": "还剩 9 天",
                    },
                ],
                "tasks": TASKS,
                "announcements": ITEMS,
                "announcements_url": "#all",
                "stats": STYLEGUIDE["stats"],
                "links": LINKS,
                "contacts": [
                    ("业主委员会", "李秀英", "0755-2222 0001"),
                    ("翠竹街道办事处", "物业管理科", "0755-2222 0002"),
                    ("安居物业服务中心", "24 小时值班", "0755-2222 0003"),
                ],
                "actions": [],
            },
        ),
        (
            "empty",
            {
                "item": ITEM,
                "current": [],
                "tasks": [],
                "announcements": [],
                "announcements_url": "#all",
                "stats": [],
                "links": LINKS,
                "contacts": [],
                "actions": ACTIONS,
            },
        ),
    ],
    "announcement": [
        (
            "",
            {
                "item": SimpleNamespace(title="关于召开第十一次业主大会会议的公告"),
                "number": "锦绣花园公告〔2026〕11 号",
                "kind_text": "公示",
                "state": "公示中",
                "state_kind": "waiting",
                "published_text": "2026年11月10日",
                "issuer": "锦绣花园业主委员会",
                "body": (
                    "<p>各位业主：</p><p>根据《深圳经济特区物业管理条例》，业主委员会定于"
                    "2026年11月26日至12月1日以书面征求意见的形式召开第十一次业主大会会议，"
                    "现将有关事项公告如下。</p><h2>一、会议议题</h2>"
                    "<ol><li>续聘安居物业为本小区物业服务企业；</li>"
                    "<li>3 幢、4 幢电梯更新使用专项维修资金；</li><li>业主委员会换届选举。</li></ol>"
                    "<h2>二、投票方式</h2><p>业主可在手机上投票，也可到各单元大堂领取纸质表决票。每户一票，"
                    "共有权人先投的一票有效。</p>"
                ),
                "notice": {
                    "start_text": "2026年11月10日",
                    "end_text": "2026年11月20日",
                    "left_text": "还剩 4 小时",
                    "clause": "SZ-16.2",
                    "status": "now",
                },
                "postings": [
                    {"place": "1 号公告栏", "at_text": "2026年11月10日 09:12", "photo_url": QR},
                    {"place": "3 幢大堂", "at_text": "2026年11月10日 09:30", "note": "照片待补。"},
                ],
                "files": FILES,
                "objections": ITEMS[:1],
                "objection_url": "#object",
                "objection_reason": "",
                "history": HISTORY,
                "actions": ACTIONS,
                "qr_url": QR,
                "page_url": "https://example.org/a/2026-11",
            },
        )
    ],
    "login": [("", {"form": "sample"})],
    "register": [
        (
            "",
            {
                "heading": "核对业主身份",
                "steps": REGISTER_STEPS,
                "current": 2,
                "form": "sample",
                "hint": "请按身份证件和不动产权证书上的写法填写。",
                "reasons": [
                    "名册里没有这个姓名和证件号。请检查有没有写错。",
                    "房屋刚过户、名册还没更新的，请带产权证到街道办事处登记。",
                ],
                "done": None,
            },
        ),
        (
            "done",
            {
                "heading": "绑定房屋",
                "steps": REGISTER_STEPS,
                "current": 4,
                "form": None,
                "done": {
                    "title": "已绑定 3 幢 2 单元 1201",
                    "text": "您可以看公告、投票和查看本户账目。",
                    "url": "/me",
                    "action": "去我的主页",
                },
            },
        ),
    ],
    "me": [
        (
            "",
            {
                "person": {
                    "name": "王建国",
                    "phone_masked": "138****5678",
                    "identity": "身份已核对",
                    "identity_kind": "done",
                    "identity_url": None,
                },
                "units": [
                    {
                        "title": "锦绣花园 3 幢 2 单元 1201",
                        "url": "#u",
                        "area_text": "96.88 ㎡",
                        "state": "已绑定",
                        "state_kind": "done",
                    }
                ],
                "bind_url": "#bind",
                "tasks": TASKS,
                "votes": [
                    {
                        "title": "第十一次业主大会会议",
                        "url": "#v",
                        "state": "待投票",
                        "state_kind": "open",
                        "meta": ["12月1日 18:00 截止"],
                    },
                    {
                        "title": "第十次业主大会会议",
                        "url": "#w",
                        "state": "已投票",
                        "state_kind": "done",
                        "meta": ["凭证 7K3Q-92MD"],
                    },
                ],
                "requests": [],
                "links": SETTINGS,
            },
        ),
        (
            "new",
            {
                "person": {
                    "name": "新用户",
                    "phone_masked": "138****5678",
                    "identity": "身份未核对",
                    "identity_kind": "waiting",
                    "identity_url": "#identity",
                },
                "units": [],
                "bind_url": None,
                "tasks": [],
                "votes": [],
                "requests": [],
                "links": SETTINGS,
            },
        ),
    ],
    "search": [
        (
            "",
            {
                "query": "电梯 更新",
                "total": 236,
                "results": [
                    {
                        "title": "3 幢、4 幢电梯更新方案",
                        "url": "#1",
                        "parts": [
                            (False, "……同意使用专项维修资金"),
                            (True, "更新"),
                            (False, " 3 幢、4 幢共 4 台"),
                            (True, "电梯"),
                            (False, "，预算 182 万元……"),
                        ],
                        "type_text": "议题",
                        "place": "锦绣花园",
                        "date_text": "2026年11月10日",
                        "state": "投票中",
                        "state_kind": "open",
                    },
                    {
                        "title": "电梯年检公告",
                        "url": "#2",
                        "parts": [(False, "全部"), (True, "电梯"), (False, "已通过年检。")],
                        "type_text": "公告",
                    },
                ],
                "facets": [
                    (
                        "类型",
                        [
                            ("全部", 236, "#", True),
                            ("公告", 120, "#a", False),
                            ("议题", 44, "#b", False),
                        ],
                    )
                ],
                "batch": BATCH,
            },
        ),
        ("empty", {"query": "游泳池", "total": 0, "results": [], "facets": [], "batch": BATCH}),
    ],
    "messages": [
        (
            "",
            {
                "messages": [
                    {
                        "title": "请在 12月1日 18:00 前投票",
                        "url": "#1",
                        "at_text": "2026年11月28日 09:00",
                        "category": "投票提醒",
                        "unread": True,
                        "priority": True,
                        "summary": "您在锦绣花园 3 幢 2 单元 1201 还没有投票。",
                    },
                    {
                        "title": "异议复核结果",
                        "url": "#2",
                        "at_text": "2026年10月29日 16:20",
                        "category": "办理结果",
                        "state_text": "已知悉",
                    },
                ],
                "batch": BATCH,
                "unread": 3,
                "filters": [("全部", "#", True), ("未读", "#u", False)],
                "preferences_url": "#p",
            },
        ),
        (
            "empty",
            {"messages": [], "batch": BATCH, "unread": 0, "filters": [], "preferences_url": None},
        ),
    ],
    "message": [
        (
            "",
            {
                "message": {
                    "title": "请在 12月1日 18:00 前投票",
                    "body_lines": [
                        "您在锦绣花园 3 幢 2 单元 1201 还没有投票。",
                        "三项议题，约需三分钟。",
                    ],
                    "at_text": "2026年11月28日 09:00",
                    "category": "投票提醒",
                    "link": "#vote",
                    "confirm_url": "#confirm",
                    "confirmed_text": None,
                },
                "back_url": "/messages",
            },
        )
    ],
    "error": [
        (
            str(status),
            {
                "status": status,
                "title": title,
                "detail": detail,
                "clause": clause,
                "reference": reference,
            },
        )
        for status, title, detail, clause, reference in (
            (403, "没有权限", "这一页不对您开放。", "", ""),
            (404, "找不到页面", "地址有误，或者内容已移走。", "", ""),
            (410, "内容已撤下", "这一页已经撤下或归档。", "", ""),
            (422, "内容有误", "会议公告须在投票开始前 15 日发布。", "SZ-18.1", ""),
            (500, "系统出错", "很抱歉，系统出错，已记录。", "", "9f2c41aa"),
            (503, "暂停服务", "系统正在维护，请稍后再试。", "", ""),
        )
    ],
    "verify": [
        (
            "",
            {
                "result": None,
                "recent": ITEMS,
                "script_url": "#s",
                "max_size_text": "50 MB",
                "error": None,
            },
        ),
        (
            "true",
            {
                "result": {
                    "ok": True,
                    "title": "查验通过：公布包完整无误",
                    "checks": [
                        (True, "812 张选票的记录树与签名一致"),
                        (True, "三项议题的票数重新计算，与公布一致"),
                        (True, "签名属于锦绣花园"),
                    ],
                    "where": None,
                    "facts": [("会议", "第十次业主大会会议"), ("公布时间", "2026年5月4日 10:00")],
                },
                "recent": [],
                "script_url": "#s",
                "max_size_text": "50 MB",
                "error": None,
            },
        ),
        (
            "false",
            {
                "result": {
                    "ok": False,
                    "title": "查验不通过：内容被改动",
                    "checks": [(True, "文件清单齐全"), (False, "ballots.json 的摘要与清单不符")],
                    "where": "改动在 ballots.json 第 10,482 字节附近。",
                },
                "recent": [],
                "script_url": "#s",
                "max_size_text": "50 MB",
                "error": "文件太大，最大 50 MB。",
            },
        ),
    ],
    "help": [
        (
            "",
            {
                "topics": [
                    {
                        "title": "注册和绑定房屋",
                        "url": "#1",
                        "text": "需要手机号码和产权证上的信息。",
                        "icon": "house-check",
                    },
                    {
                        "title": "怎么投票",
                        "url": "#2",
                        "text": "四步完成，保存凭证。",
                        "icon": "check2-square",
                    },
                    {
                        "title": "查验结果",
                        "url": "#3",
                        "text": "任何人都可以核对。",
                        "icon": "shield-check",
                    },
                ],
                "phone": "0755-2222 0000",
            },
        )
    ],
    "help_page": [
        (
            "",
            {
                "heading": "怎么投票",
                "body": "<p>四步完成。</p><h2>第一步</h2><p>阅读会议公告和议题材料。</p>",
                "updated_text": "2026年11月1日",
                "siblings": [("注册和绑定房屋", "#1", False), ("怎么投票", "#2", True)],
            },
        )
    ],
    "policies": [
        (
            "",
            {
                "groups": [
                    (
                        "国家法律",
                        [
                            {
                                "title": "中华人民共和国民法典（第二编第六章）",
                                "url": "#1",
                                "meta": ["2021年1月1日施行"],
                            }
                        ],
                    ),
                    (
                        "深圳市",
                        [
                            {
                                "title": "深圳经济特区物业管理条例",
                                "url": "#2",
                                "meta": ["2020年3月1日施行"],
                            }
                        ],
                    ),
                ]
            },
        )
    ],
    "form": [
        (
            "",
            {
                "heading": "发布公告",
                "form": "sample",
                "intro": "发布前由街道办事处审核。",
                "clause": "SZ-12.1",
                "back_url": "#back",
            },
        )
    ],
}
