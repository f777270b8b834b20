"""Integrity of all fund books (账簿完整性): what `yitang check` says about them."""

from collections.abc import Iterator
from typing import Any

from portal import audit
from yitang_funds.fund import NAME, Fund
from yitang_funds.verify import verify

ANCHORED = "fund_book.post"


def check_books(request: Any) -> Iterator[tuple[str, str]]:
    """Yield the name of every book and what is wrong with it, empty when nothing is."""
    anchors = anchored_heads(request)
    for fund in funds_of(request):
        problems = verify(fund.book)
        community = fund.__parent__.__name__
        text = "; ".join(f"{p.check} {p.subject}" for p in problems[:3])
        if not problems:
            text = anchor_fault(fund, anchors.get(fund.__oid__))
        yield f"fund book of {community}", text


def funds_of(request: Any) -> Iterator[Fund]:
    """Yield the fund of every community."""
    for community in request.site["communities"].values():
        if NAME in community:
            yield community[NAME]


def anchored_heads(request: Any) -> dict[int, tuple[int, str]]:
    """Return sequence and digest of the last voucher that the audit log knows of each book."""
    heads: dict[int, tuple[int, str]] = {}
    for entry in audit.entries(request, action=ANCHORED):
        detail = entry["detail"]
        heads.setdefault(entry["oid"], (int(detail["seq"]), detail["head"]))
    return heads


def anchor_fault(fund: Fund, anchor: tuple[int, str] | None) -> str:
    """Compare a book with the audit log; a book rewritten as a whole is found only here."""
    if anchor is None:
        return ""
    seq, head = anchor
    if seq not in fund.book.journal:
        return f"the audit log knows voucher {seq}, the book does not"
    if fund.book.voucher(seq).digest.hex() != head:
        return f"voucher {seq} is not the one in the audit log"
    return ""
