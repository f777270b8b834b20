"""Pages of the journal (凭证页面): all vouchers, and one of them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config

from portal.paging import batch
from portal.security import Permission, permits
from yitang_funds.book import Voucher
from yitang_funds.fund import Fund, community_of
from yitang_funds.pages import BATCH, TEMPLATES
from yitang_funds.permissions import FundPermission
from yitang_funds.register import own_codes, units_of


def may_see_units(fund: Fund, request: Any) -> bool:
    """Say whether the person sees the figures of every unit."""
    return permits(fund, FundPermission.VIEW_UNITS, request.principals)


@view_config(
    context=Fund,
    name="vouchers",
    renderer=f"{TEMPLATES}/fund_vouchers.pt",
    permission=Permission.VIEW.value,
)
def show_vouchers(context: Fund, request: Any) -> Any:
    """Show the journal, newest first; or one voucher: ``vouchers/<sequence>``."""
    if request.subpath:
        return show_voucher(context, request)
    book = context.book
    pages = batch(request, book.last_seq, BATCH)
    newest = range(book.last_seq - pages["start"], 0, -1)[:BATCH]
    return {
        "item": context,
        "voucher": None,
        "rows": [voucher_row(book.voucher(seq)) for seq in newest],
        "batch": pages,
    }


def show_voucher(context: Fund, request: Any) -> dict[str, Any]:
    """Show one voucher; lines of units only to their owners and to who keeps the book."""
    text = request.subpath[0]
    seq = int(text) if text.isascii() and text.isdigit() and len(text) < len("1" * 16) else 0
    if seq not in context.book.journal:
        raise HTTPNotFound
    voucher = context.book.voucher(seq)
    labels = {unit.code: unit.label for unit in units_of(community_of(context))}
    own = own_codes(community_of(context), request.account_id)
    sees_all = may_see_units(context, request)
    lines = _lines(context, voucher, lambda code: sees_all or code in own, labels)
    pages = batch(request, len(lines), BATCH)
    corrected_by = context.book.reversed.get(seq)
    return {
        "item": context,
        "voucher": voucher_row(voucher),
        "maker": voucher.maker,
        "checker": voucher.checker,
        "digest": voucher.digest.hex(),
        "corrects": voucher_row(context.book.voucher(voucher.corrects))
        if voucher.corrects
        else None,
        "corrected_by": voucher_row(context.book.voucher(corrected_by)) if corrected_by else None,
        "lines": lines[pages["start"] : pages["start"] + BATCH],
        "batch": pages,
    }


def _lines(
    fund: Fund, voucher: Voucher, may_see: Callable[[str], bool], labels: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the lines of a voucher; those of units a person may not see are put together."""
    lines: dict[tuple[int, str, bool], dict[str, Any]] = {}
    for number, entry in enumerate(voucher.entries):
        code = fund.book.unit_codes[entry.unit] if entry.unit else ""
        shown = not code or may_see(code)
        line = lines.setdefault(
            (entry.account, str(number), True) if shown else (entry.account, "", False),
            {
                "account": fund.book.account(entry.account),
                "unit": labels.get(code, code) if shown else "",
                "debit_fen": 0,
                "credit_fen": 0,
                "count": 0,
            },
        )
        line["debit_fen"] += max(0, entry.amount_fen)
        line["credit_fen"] += max(0, -entry.amount_fen)
        line["count"] += not shown
    return list(lines.values())


def voucher_row(voucher: Voucher) -> dict[str, Any]:
    """Return what a list shows of a voucher."""
    return {
        "seq": voucher.seq,
        "number": voucher.number,
        "kind": voucher.kind,
        "summary": voucher.summary,
        "posted_on": date.fromordinal(voucher.posted_day),
        "amount_fen": sum(e.amount_fen for e in voucher.entries if e.amount_fen > 0),
        "red": bool(voucher.corrects),
    }
