"""Gap ledger (缺口台账): which numbered messages of a device came, came twice, or are missing.

Sequence numbers start at 0 whenever a device starts; each start opens a new epoch. A number
skipped becomes a gap that stays open until the message arrives, however late.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (
    device TEXT PRIMARY KEY, epoch INTEGER NOT NULL, epoch_at INTEGER NOT NULL,
    last_seq INTEGER NOT NULL, last_ts INTEGER NOT NULL,
    received INTEGER NOT NULL, duplicates INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gap (
    device TEXT NOT NULL, epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (device, epoch, first)) WITHOUT ROWID;
"""


@dataclass(slots=True)
class Account:
    """Count the messages of one device; ``gaps`` holds (epoch, first, last), both included.

    ``unsaved_gaps`` spares most batches from writing gaps that did not change.
    """

    epoch: int
    epoch_at: int
    last_seq: int
    last_ts: int
    received: int = 0
    duplicates: int = 0
    gaps: list[tuple[int, int, int]] = field(default_factory=list)
    unsaved_gaps: bool = field(default=False, compare=False)

    @property
    def missing(self) -> int:
        """Return how many messages are known to be missing."""
        return sum(last - first + 1 for _, first, last in self.gaps)


def note(account: Account | None, seq: int, ts: int) -> Account:
    """Enter one message and return the account; the first message ever opens it without a gap."""
    if account is None:
        return Account(epoch=0, epoch_at=ts, last_seq=seq, last_ts=ts, received=1)
    if ts > account.last_ts and seq <= account.last_seq:
        # A newer message with a lower number: the device started again.
        account.epoch += 1
        account.epoch_at = ts
        account.last_seq = seq
        account.received += 1
        if seq > 0:
            _open(account, 0, seq - 1)
    elif ts >= account.epoch_at and seq > account.last_seq:
        if seq > account.last_seq + 1:
            _open(account, account.last_seq + 1, seq - 1)
        account.last_seq = seq
        account.received += 1
    elif _fill(account, account.epoch if ts >= account.epoch_at else account.epoch - 1, seq):
        account.received += 1
    else:
        account.duplicates += 1
    account.last_ts = max(account.last_ts, ts)
    return account


def _open(account: Account, first: int, last: int) -> None:
    account.gaps.append((account.epoch, first, last))
    account.unsaved_gaps = True


def _fill(account: Account, epoch: int, seq: int) -> bool:
    for index, (gap_epoch, first, last) in enumerate(account.gaps):
        if gap_epoch == epoch and first <= seq <= last:
            rest = [(epoch, first, seq - 1), (epoch, seq + 1, last)]
            account.unsaved_gaps = True
            account.gaps[index : index + 1] = [gap for gap in rest if gap[1] <= gap[2]]
            return True
    return False


def load(connection: sqlite3.Connection, device: str) -> Account | None:
    """Return the stored account of a device, or None."""
    row = connection.execute(
        "SELECT epoch, epoch_at, last_seq, last_ts, received, duplicates FROM ledger"
        " WHERE device = ?",
        (device,),
    ).fetchone()
    if row is None:
        return None
    gaps = connection.execute(
        "SELECT epoch, first, last FROM gap WHERE device = ? ORDER BY epoch, first", (device,)
    )
    return Account(*row, gaps=[tuple(gap) for gap in gaps])


def save(connection: sqlite3.Connection, accounts: Mapping[str, Account]) -> None:
    """Store the accounts of devices inside the caller's transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                device,
                account.epoch,
                account.epoch_at,
                account.last_seq,
                account.last_ts,
                account.received,
                account.duplicates,
            )
            for device, account in accounts.items()
        ],
    )
    for device, account in accounts.items():
        if account.unsaved_gaps:
            connection.execute("DELETE FROM gap WHERE device = ?", (device,))
            connection.executemany(
                "INSERT INTO gap VALUES (?, ?, ?, ?)", [(device, *gap) for gap in account.gaps]
            )
            account.unsaved_gaps = False
