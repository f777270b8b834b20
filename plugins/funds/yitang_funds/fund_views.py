"""Pages of a fund (维修资金页面): overview, units, statement, journal and voucher."""

from datetime import date
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from portal import clock, i18n
from portal.errors import Forbidden
from portal.paging import batch
from portal.security import Permission, permits
from portal.type_registry import addable_types
from yitang_funds.fund import Fund, community_of
from yitang_funds.pages import BATCH, TEMPLATES, download
from yitang_funds.permissions import FundPermission
from yitang_funds.register import own_codes, units_of
from yitang_funds.statement import UnitStatement, unit_statement
from yitang_funds.tables import DAY, MONEY, Column, Table
from yitang_funds.voucher_views import may_see_units, voucher_row

VIEW = Permission.VIEW.value
CREDIT_KINDS = ("liability", "net_asset", "income")


def account_rows(fund: Fund) -> list[dict[str, Any]]:
    """Return the accounts with their balance on their own side, in 分."""
    totals = fund.book.totals()
    return [
        {
            "code": account.code,
            "name": account.name,
            "name_en": account.name_en,
            "kind": account.kind,
            "balance_fen": totals[account.code] * (-1 if account.kind in CREDIT_KINDS else 1),
        }
        for account in fund.book.accounts()
    ]


@view_config(context=Fund, renderer=f"{TEMPLATES}/fund_book.pt", permission=VIEW)
def show_fund(context: Fund, request: Any) -> dict[str, Any]:
    """Show what the fund holds, where it went last and what the person can do."""
    book = context.book
    buildings: dict[str, dict[str, int]] = {}
    for unit in units_of(community_of(context)):
        row = buildings.setdefault(unit.building, {"units": 0, "balance_fen": 0})
        row["units"] += 1
        row["balance_fen"] += book.balance_of(unit.code)
    children = [
        item for item in context.values() if permits(item, Permission.VIEW, request.principals)
    ]
    own = own_codes(community_of(context), request.account_id)
    return {
        "item": context,
        "total_fen": book.fund_total(),
        "held_fen": sum(book.held.values()),
        "bank_fen": book.totals()[1001],
        "unit_count": len(book.units),
        "accounts": [row for row in account_rows(context) if row["balance_fen"]],
        "buildings": buildings,
        "vouchers": [voucher_row(voucher) for voucher in book.recent(8)],
        "drawdowns": _newest(children, "drawdown"),
        "sheets": _newest(children, "deposit_sheet"),
        "corrections": _newest(children, "correction"),
        "own": [
            (unit.code, unit.label, book.balance_of(unit.code))
            for unit in units_of(community_of(context))
            if unit.code in own
        ],
        "sees_units": may_see_units(context, request),
        "can_prepare": permits(context, FundPermission.PREPARE, request.principals),
        "can_edit": permits(context, Permission.EDIT, request.principals),
        "addable": [
            cls
            for cls in addable_types(context)
            if permits(context, cls.add_permission, request.principals)
        ],
    }


def _newest(children: list[Any], type_name: str) -> list[Any]:
    found = [item for item in children if item.content_type_name == type_name]
    return sorted(found, key=lambda item: item.created_at, reverse=True)


@view_config(
    context=Fund,
    name="units",
    renderer=f"{TEMPLATES}/fund_units.pt",
    permission=FundPermission.VIEW_UNITS.value,
)
def show_units(context: Fund, request: Any) -> Any:
    """Show the balance of every unit, or of one building, with downloads."""
    building = request.GET.get("building", "")
    units = [
        unit
        for unit in units_of(community_of(context))
        if not building or unit.building == building
    ]
    translate = request.localizer.translate
    if request.GET.get("format"):
        table = Table(
            translate(i18n.message("funds.units.title", "分户余额")),
            ((translate(i18n.message("funds.printed_at", "打印日期")), _today().isoformat()),),
            (
                Column(translate(i18n.message("funds.unit", "房屋"))),
                Column(translate(i18n.message("funds.balance", "余额")), MONEY),
                Column(translate(i18n.message("funds.held", "冻结")), MONEY),
                Column(translate(i18n.message("funds.available", "可用")), MONEY),
            ),
            tuple(
                (
                    unit.label,
                    context.book.balance_of(unit.code),
                    context.book.held_of(unit.code),
                    context.book.available_of(unit.code),
                )
                for unit in units
            ),
        )
        return download(table, request.GET["format"], "units")
    pages = batch(request, len(units), BATCH)
    return {
        "item": context,
        "building": building,
        "buildings": sorted({unit.building for unit in units_of(community_of(context))}),
        "rows": [
            (
                unit.code,
                unit.label,
                context.book.balance_of(unit.code),
                context.book.held_of(unit.code),
            )
            for unit in units[pages["start"] : pages["start"] + BATCH]
        ],
        "batch": pages,
    }


@view_config(context=Fund, name="statement", renderer=f"{TEMPLATES}/statement.pt", permission=VIEW)
def show_statement(context: Fund, request: Any) -> Any:
    """Show the statement of one unit to its owners and to who keeps the book; print it."""
    code = request.GET.get("unit", "")
    unit = next((u for u in units_of(community_of(context)) if u.code == code), None)
    allowed = code in own_codes(community_of(context), request.account_id) or may_see_units(
        context, request
    )
    # Who may not see the unit does not learn whether it exists.
    if not allowed:
        raise Forbidden("funds.error.not_your_unit")
    if unit is None:
        raise HTTPNotFound
    today = _today()
    start = _day(request.GET.get("start", ""), today.replace(month=1, day=1))
    end = _day(request.GET.get("end", ""), today)
    statement = unit_statement(context.book, code, min(start, end), max(start, end))
    if request.GET.get("format"):
        table = statement_table(statement, unit.label, request)
        return download(table, request.GET["format"], f"statement-{end.isoformat()}")
    return {"item": context, "unit": unit, "statement": statement}


def statement_table(statement: UnitStatement, label: str, request: Any) -> Table:
    """Return a statement as a table that can be written to a file."""

    def text(message_id: str, default: str) -> str:
        return request.localizer.translate(i18n.message(message_id, default))

    opening = (statement.start, "", text("funds.opening", "期初余额"), "")
    closing = (statement.end, "", text("funds.closing", "期末余额"), "")
    return Table(
        text("funds.statement.title", "住宅专项维修资金分户对账单"),
        (
            (text("funds.unit", "房屋"), label),
            (
                text("funds.period", "期间"),
                f"{statement.start.isoformat()} — {statement.end.isoformat()}",
            ),
        ),
        (
            Column(text("funds.posted_on", "记账日期"), DAY),
            Column(text("funds.voucher_number", "凭证号")),
            Column(text("funds.summary", "摘要")),
            Column(text("funds.document", "单据号")),
            Column(text("funds.in", "收入"), MONEY),
            Column(text("funds.out", "支出"), MONEY),
            Column(text("funds.balance", "余额"), MONEY),
        ),
        (
            (*opening, None, None, statement.opening_fen),
            *(
                (
                    row.posted_on,
                    row.number,
                    row.summary,
                    row.document,
                    row.in_fen or None,
                    row.out_fen or None,
                    row.balance_fen,
                )
                for row in statement.rows
            ),
            (*closing, statement.in_fen, statement.out_fen, statement.closing_fen),
        ),
        signatures=(text("funds.prepared_by", "制表"), text("funds.checked_by", "复核")),
        footer=f"{community_title(request)} · {_today().isoformat()}",
        lang="zh" if request.locale_name.startswith("zh") else "en",
    )


def community_title(request: Any) -> str:
    """Return the name of the community the page is about."""
    return str(community_of(request.context).title)


def _today() -> date:
    return clock.local(clock.now()).date()


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return default
