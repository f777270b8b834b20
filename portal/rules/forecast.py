"""When a share of the whole is reached if things go on as they did (参与进度预测)."""

from datetime import datetime

from portal.rules.keys import Share


def needed(share: Share, total: int) -> int:
    """Return the least whole number that fulfils a share of ``total`` (CN-1259)."""
    product = share.numerator * total
    if share.strict:
        return product // share.denominator + 1
    return -(-product // share.denominator)


def reached_at(
    share: Share, done: int, total: int, *, since: datetime, now: datetime
) -> datetime | None:
    """Return when ``done`` fulfils the share at the mean pace since ``since``.

    That is ``now`` when it does so already, and None when nobody has begun.
    """
    wanted = needed(share, total)
    if done >= wanted:
        return now
    if done <= 0 or now <= since:
        return None
    return since + (now - since) * wanted // done
