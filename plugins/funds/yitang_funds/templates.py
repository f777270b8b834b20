"""Voucher templates (凭证模板): build drafts of business facts from `templates.yaml`."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from portal.errors import PortalError
from yitang_funds.book import Draft, Line


@cache
def load_templates() -> Mapping[str, dict]:
    """Read the voucher templates from their data file."""
    return yaml.safe_load(files("yitang_funds").joinpath("templates.yaml").read_text("utf-8"))


def build(
    template: str,
    *,
    key: str,
    summary: str,
    shares: Iterable[tuple[str, int]],
    value_on: date,
    maker: str,
    checker: str,
    document: str = "",
    release: str = "",
) -> Draft:
    """Build the draft of a business fact; units with a share of 0 get no line.

    Shares are pairs of unit code and positive 分; a template without units takes one pair with an
    empty code. Raises PortalError when a share is negative.
    """
    sides = load_templates()[template]
    parts = [(code, amount_fen) for code, amount_fen in shares if amount_fen]
    if any(amount_fen < 0 for _, amount_fen in parts):
        raise PortalError("funds.error.amount_negative", clause="MF-8.1.1.a", field="amount")
    total = sum(amount_fen for _, amount_fen in parts)
    lines: list[Line] = []
    for side, sign in (("debit", 1), ("credit", -1)):
        account = sides[side]["account"]
        if sides[side].get("share") == "unit":
            lines.extend(
                Line(account, sign * amount_fen, value_on, code, document)
                for code, amount_fen in parts
            )
        elif total:
            lines.append(Line(account, sign * total, value_on, "", document))
    return Draft(template, key, summary, tuple(lines), maker, checker, release=release)
