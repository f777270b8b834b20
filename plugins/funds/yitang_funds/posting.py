"""Posting (记账): the only module that writes a fund book.

Each function checks everything before it writes anything, and leaves commit and rollback to the
caller's transaction.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime

from BTrees.LLBTree import LLBTree

from portal.clock import SITE_ZONE
from portal.errors import PortalError
from portal.rules.money import format_amount
from yitang_funds.book import (
    LARGE_VOUCHER_LINES,
    UNIT_SHIFT,
    Draft,
    Entry,
    FundBook,
    Line,
    Record,
    Voucher,
    voucher_digest,
)

SNAPSHOT_EVERY = 256


def open_unit(book: FundBook, code: str) -> int:
    """Open the sub-account of a unit and return its number; an open one stays as it is."""
    if not code:
        raise PortalError("funds.error.unit_missing", clause="MF-8.1.1.d", field="unit")
    number = book.units.get(code)
    if number is None:
        number = (book.unit_codes.maxKey() if book.unit_codes else 0) + 1
        book.units[code] = number
        book.unit_codes[number] = code
    return number


def post(book: FundBook, draft: Draft, now: datetime) -> Voucher:
    """Check a draft, append it to the journal and return the voucher.

    A draft whose key and content are posted already returns the first voucher and changes nothing.
    `now` is the aware time of posting. Nothing changes when PortalError is raised.
    """
    _check_people(draft)
    entries = _check_lines(book, draft)
    posted = book.find(draft.key)
    if posted is not None:
        if (posted.kind, posted.corrects, posted.entries) == (draft.kind, draft.corrects, entries):
            return posted
        raise PortalError("funds.error.key_reused", clause="MF-5.2.1-2.b", number=posted.number)
    _check_reversal(book, draft, entries)
    posted_day = _posting_day(book, entries, now)
    released = dict(_held_shares(book, draft.release)) if draft.release else {}
    _check_available(book, _unit_changes(entries), released)

    for unit, amount_fen in released.items():
        _add(book.held, unit, -amount_fen)
    if draft.release:
        del book.holds[draft.release]
    return _append(book, draft, entries, posted_day=posted_day, now=now)


def hold(book: FundBook, key: str, shares: Iterable[tuple[str, int]]) -> None:
    """Reserve a part of the balance of units, so that no other payment can use it (冻结).

    Shares are pairs of unit code and 分. Raises PortalError when a unit has too little.
    """
    if key in book.holds or key in book.idem:
        raise PortalError("funds.error.hold_exists", clause="MF-6.2.4.c")
    wanted: dict[int, int] = {}
    for code, amount_fen in shares:
        unit = _unit_number(book, code)
        if unit in wanted or _amount(amount_fen) < 0:
            raise PortalError("funds.error.hold_shares_wrong", clause="MF-6.2.4.c", unit=code)
        wanted[unit] = amount_fen
    _check_available(book, {unit: -amount_fen for unit, amount_fen in wanted.items()}, {})
    for unit, amount_fen in wanted.items():
        _add(book.held, unit, amount_fen)
    book.holds[key] = Record(tuple(wanted.items()))


def release(book: FundBook, key: str) -> None:
    """Give a reserved amount back to its units (解冻)."""
    for unit, amount_fen in _held_shares(book, key):
        _add(book.held, unit, -amount_fen)
    del book.holds[key]


def reversal(book: FundBook, seq: int, reason: str, maker: str, checker: str) -> Draft:
    """Build the draft that takes a voucher back with opposite amounts (红字冲销)."""
    voucher = book.voucher(seq)
    lines = tuple(
        Line(
            entry.account,
            -entry.amount_fen,
            date.fromordinal(entry.value_day),
            book.unit_codes[entry.unit] if entry.unit else "",
            entry.document,
        )
        for entry in voucher.entries
    )
    return Draft("reversal", f"reversal:{seq}", reason, lines, maker, checker, corrects=seq)


def _check_people(draft: Draft) -> None:
    """The person who checks a voucher is not the one who made it (内部牵制)."""
    if not draft.maker or not draft.checker:
        raise PortalError("funds.error.people_missing", clause="MF-8.1.1.a", field="checker")
    if draft.maker == draft.checker:
        raise PortalError("funds.error.maker_is_checker", clause="MF-8.1.1.a", field="checker")
    if not draft.key or not draft.kind or not draft.summary.strip():
        raise PortalError("funds.error.summary_missing", clause="MF-8.1.1.a", field="summary")


def _check_lines(book: FundBook, draft: Draft) -> tuple[Entry, ...]:
    """Return the entries of a draft; debit equals credit and every account and unit exists."""
    entries = []
    for line in draft.lines:
        account = book.account(line.account)
        if account is None:
            raise PortalError(
                "funds.error.account_unknown", clause="MF-8.1.1.a", account=line.account
            )
        if account.by_unit != bool(line.unit):
            problem = "unit_missing" if account.by_unit else "unit_not_wanted"
            raise PortalError(
                f"funds.error.{problem}", clause="MF-8.1.1.d", field="unit", account=line.account
            )
        unit = _unit_number(book, line.unit) if line.unit else 0
        if _amount(line.amount_fen) == 0:
            raise PortalError("funds.error.amount_zero", clause="MF-8.1.1.a", field="amount")
        entries.append(
            Entry(line.account, unit, line.amount_fen, line.value_on.toordinal(), line.document)
        )
    difference = sum(entry.amount_fen for entry in entries)
    if difference or not entries:
        raise PortalError(
            "funds.error.not_balanced", clause="MF-8.1.1.a", difference=format_amount(difference)
        )
    return tuple(entries)


def _check_reversal(book: FundBook, draft: Draft, entries: tuple[Entry, ...]) -> None:
    """A reversal repeats its voucher with opposite amounts, once; nothing else corrects one."""
    if draft.kind != "reversal" and not draft.corrects:
        return
    if draft.kind != "reversal" or draft.corrects not in book.journal:
        raise PortalError("funds.error.reversal_of_nothing", clause="MF-5.2.1-5.c")
    voucher = book.voucher(draft.corrects)
    if voucher.kind == "reversal":
        raise PortalError("funds.error.reversal_of_reversal", clause="MF-5.2.1-5.c")
    if draft.corrects in book.reversed:
        raise PortalError(
            "funds.error.already_reversed", clause="MF-5.2.1-5.c", number=voucher.number
        )
    if entries != tuple(entry._replace(amount_fen=-entry.amount_fen) for entry in voucher.entries):
        raise PortalError("funds.error.reversal_differs", clause="MF-5.2.1-5.c")


def _posting_day(book: FundBook, entries: tuple[Entry, ...], now: datetime) -> int:
    """Return the local day of posting; it never goes back, so that numbers follow the journal."""
    if now.tzinfo is None:
        raise ValueError("the time of posting must be aware")
    today = now.astimezone(SITE_ZONE).toordinal()
    if any(entry.value_day > today for entry in entries):
        raise PortalError("funds.error.value_day_ahead", clause="MF-8.1.1.a", field="value_on")
    return max(today, book.last_posted_day)


def _unit_changes(entries: tuple[Entry, ...]) -> dict[int, int]:
    """Return what a voucher adds to the sub-accounts; a credit adds."""
    changes: dict[int, int] = defaultdict(int)
    for entry in entries:
        if entry.unit:
            changes[entry.unit] -= entry.amount_fen
    return changes


def _check_available(book: FundBook, changes: dict[int, int], released: dict[int, int]) -> None:
    """No unit spends more than its balance less what is reserved (MF-6.2.2.e, MF-6.2.4.c)."""
    short = []
    for unit, change in changes.items():
        available = book.balance.get(unit, 0) - book.held.get(unit, 0) + released.get(unit, 0)
        if change < 0 and available + change < 0:
            short.append((book.unit_codes[unit], available, -change))
    if short:
        unit, available, wanted = min(short)
        raise PortalError(
            "funds.error.balance_too_small",
            clause="MF-6.2.2.e",
            unit=unit,
            available=format_amount(available),
            wanted=format_amount(wanted),
            count=len(short),
        )


def _append(
    book: FundBook,
    draft: Draft,
    entries: tuple[Entry, ...],
    *,
    posted_day: int,
    now: datetime,
) -> Voucher:
    """Write a checked voucher, its number and its indexes."""
    seq = book.last_seq + 1
    day = date.fromordinal(posted_day)
    month = day.year * 100 + day.month
    serial = book.numbers.get(month, 0) + 1
    voucher = Voucher(
        seq,
        f"{month}-{serial:05d}",
        draft.kind,
        draft.key,
        draft.summary.strip(),
        draft.maker,
        draft.checker,
        now.astimezone(UTC).isoformat(timespec="microseconds"),
        posted_day,
        draft.corrects,
        draft.release,
        entries,
        b"",
    )
    digest = voucher_digest(book, book.head, voucher)
    # Plain tuples without the sequence, which is the key: about 30 bytes a line.
    stored = (*voucher[1:-2], tuple(tuple(entry) for entry in entries), digest)
    large = len(entries) > LARGE_VOUCHER_LINES
    book.journal[seq] = Record(stored) if large else stored
    book.numbers[month] = serial
    book.idem[draft.key] = seq
    if draft.corrects:
        book.reversed[draft.corrects] = seq
    for unit, change in sorted(_unit_changes(entries).items()):
        _add(book.balance, unit, change)
        book.by_unit[unit << UNIT_SHIFT | seq] = change
    # The head lies on the book itself: two postings at once always conflict and one is repeated,
    # which keeps numbers gapless and balances checked.
    book.last_seq, book.head, book.last_posted_day = seq, digest, posted_day
    if large or seq % SNAPSHOT_EVERY == 0:
        book.snapshots[seq] = tuple(sorted(book.totals().items()))
    return voucher._replace(digest=digest)


def _held_shares(book: FundBook, key: str) -> tuple[tuple[int, int], ...]:
    record = book.holds.get(key)
    if record is None:
        raise PortalError("funds.error.hold_unknown", clause="MF-6.2.4.c")
    return record.value


def _unit_number(book: FundBook, code: str) -> int:
    number = book.units.get(code)
    if number is None:
        raise PortalError("funds.error.unit_unknown", clause="MF-8.1.1.d", field="unit", unit=code)
    return number


def _amount(amount_fen: int) -> int:
    """Let only whole 分 through; a float or Decimal is a mistake of the program."""
    if type(amount_fen) is not int:
        raise TypeError("an amount is an integer number of fen")
    return amount_fen


def _add(tree: LLBTree, key: int, amount_fen: int) -> None:
    tree[key] = tree.get(key, 0) + amount_fen
