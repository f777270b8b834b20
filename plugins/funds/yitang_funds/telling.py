"""Telling owners what moved their money (资金变动通知): a message to each bound account."""

from collections.abc import Iterable
from typing import Any

from portal import content, notify
from portal.outbox import job
from portal.rules.money import format_amount
from yitang_funds.book import Voucher
from yitang_funds.fund import Fund, community_of
from yitang_funds.register import units_of

TELL = "funds.tell_owners"
TEMPLATES = {"drawdown": "fund.paid", "deposit": "fund.deposited", "reversal": "fund.reversed"}
# One job tells so many owners, so that a large voucher does not make one long transaction.
BATCH = 200


def promise(fund: Fund, vouchers: Iterable[Voucher], request: Any) -> None:
    """Promise the messages of vouchers (MF-6.2.4A); a roll-back takes them along."""
    codes = fund.book.unit_codes
    moved = [
        [voucher.seq, codes[unit]]
        for voucher in vouchers
        for unit in sorted({entry.unit for entry in voucher.entries if entry.unit})
    ]
    bound = {unit.code for unit in units_of(community_of(fund)) if unit.bindings}
    wanted = [pair for pair in moved if pair[1] in bound]
    for start in range(0, len(wanted), BATCH):
        request.site.outbox.put(
            TELL, {"fund_oid": fund.__oid__, "moved": wanted[start : start + BATCH]}
        )


@job(TELL)
def tell_owners(request: Any, fund_oid: int, moved: list[list[Any]]) -> None:
    """Send the owners of each unit amount and balance, with a link to their statement."""
    fund = content.by_oid(request.site, fund_oid)
    if fund is None:
        return
    units = {unit.code: unit for unit in units_of(community_of(fund))}
    for seq, code in moved:
        unit = units.get(code)
        if unit is None:
            continue
        voucher = fund.book.voucher(seq)
        number = fund.book.units[code]
        amount_fen = sum(e.amount_fen for e in voucher.entries if e.unit == number)
        values = {
            "title": voucher.summary,
            "unit": unit.label,
            "community": community_of(fund).title,
            "amount": format_amount(abs(amount_fen)),
            "balance": format_amount(fund.book.balance_of(code)),
        }
        link = request.resource_path(fund, "statement", query={"unit": code})
        for account_id in sorted({b.account_id for b in unit.bindings if unit.holder(b.person)}):
            notify.send(request, account_id, TEMPLATES[voucher.kind], values, link=link)
