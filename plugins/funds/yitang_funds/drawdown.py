"""Drawdown (支用): one bill paid from the fund, borne by the units of its scope.

The units and shares are frozen when it is requested. It is approved and paid only while a passed
motion of the community has the same scope and covers the amount (MF-6.2.10.b).
"""

from typing import Any

import colander
from deform.widget import TextAreaWidget

from portal import clock
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Transitioned
from portal.files import FileHolder
from portal.forms import Amount, Field, FormSchema, Lines, choices, select
from portal.i18n import message
from portal.rules.apportion import UnitShare
from portal.workflow import guard, on_transition
from yitang_funds import posting, telling
from yitang_funds.book import Record
from yitang_funds.fund import community_of, fund_of
from yitang_funds.permissions import FundPermission
from yitang_funds.plan import METHODS, share_out, shortfalls
from yitang_funds.register import places_of
from yitang_funds.resolution import require_resolution
from yitang_funds.scope import resolve, scope_fingerprint
from yitang_funds.templates import build

MOST_FEN = 10**12
MOST_LINES, LONGEST_LINE = 500, 60


def short_lines(node: colander.SchemaNode, lines: tuple[str, ...]) -> None:
    """Refuse a scope that no register could need."""
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        limits = {"lines": MOST_LINES, "characters": LONGEST_LINE}
        raise colander.Invalid(node, message("drawdown.scope_too_long", **limits))


class DrawdownSchema(FormSchema):
    """What the fund manager enters about a bill."""

    title = Field(
        colander.String(),
        title=message("drawdown.field.title"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    purpose = Field(
        colander.String(),
        title=message("drawdown.field.purpose"),
        widget=TextAreaWidget(rows=5),
        validator=colander.Length(max=5_000),
        data_class="public",
    )
    payee = Field(
        colander.String(),
        title=message("drawdown.field.payee"),
        validator=colander.Length(max=80),
        data_class="public",
    )
    amount_fen = Field(
        Amount(),
        title=message("drawdown.field.amount_fen"),
        description=message("drawdown.field.amount_fen_help"),
        validator=colander.Range(1, MOST_FEN),
        data_class="public",
    )
    method = Field(
        colander.String(),
        title=message("drawdown.field.method"),
        **select(choices((m, f"drawdown.method.{m}") for m in METHODS)),
        default="area",
        data_class="public",
    )
    scope = Field(
        Lines(),
        title=message("drawdown.field.scope"),
        description=message("drawdown.field.scope_help"),
        widget=TextAreaWidget(rows=4),
        validator=short_lines,
        missing=(),
        data_class="public",
    )


@content_type(
    "drawdown",
    schema=DrawdownSchema,
    workflow="drawdown",
    addable_to=("fund_book",),
    add_permission=FundPermission.ADD,
)
class Drawdown(FileHolder, ContentItem):
    """Its plan says for every unit the weight, the share and how the share came about."""

    title = ""
    purpose = ""
    payee = ""
    amount_fen = 0
    method = "area"
    scope: tuple[str, ...] = ()

    # Frozen by the request.
    plan: Record | None = None
    fingerprint = ""
    # Set by the approval and the payment.
    approved_by = ""
    motion_oid = 0
    voucher_seq = 0

    @property
    def key(self) -> str:
        """The name of this business fact in the book."""
        return f"drawdown:{self.__oid__}"

    def shares(self) -> tuple[UnitShare, ...]:
        """Return the share of every unit: as frozen, or as it would be now in a draft."""
        if self.plan is not None:
            return tuple(UnitShare(*values) for values in self.plan.value)
        return self.planned_shares()

    def planned_shares(self) -> tuple[UnitShare, ...]:
        """Compute the shares from the register; raises PortalError for an unknown scope."""
        places = resolve(self.scope, places_of(community_of(self)))
        areas = {place.code: place.exclusive_area for place in places}
        return share_out(self.amount_fen, areas, self.method).shares


@guard("another_person_approves")
def another_person_approves(drawdown: Drawdown, request: Any) -> bool:
    """Who wrote, changed or requested the bill does not approve it (MF-8.1.1.a)."""
    made = {entry["actor"] for entry in drawdown.history() if entry["action"] != "transition"}
    asked = {e["actor"] for e in drawdown.history() if e.get("transition") == "request"}
    return request.account_id not in {"", drawdown.creator} | made | asked


@guard("passed_motion")
def passed_motion(drawdown: Drawdown, request: Any) -> bool:
    """Raise PortalError saying what differs from what the owners decided (MF-6.2.10.b)."""
    require_resolution(drawdown, request)
    return True


@on_transition("drawdown.request")
def freeze_plan(event: Transitioned) -> None:
    """Freeze units and shares, and refuse what a unit cannot pay (MF-6.2.2.e)."""
    drawdown = event.item
    shares = drawdown.planned_shares()
    _require_balances(drawdown, shares)
    drawdown.plan = Record(
        tuple(tuple(getattr(share, name) for name in UnitShare.__match_args__) for share in shares)
    )
    drawdown.fingerprint = scope_fingerprint(share.unit for share in shares)


@on_transition("drawdown.return")
def thaw_plan(event: Transitioned) -> None:
    """Let a returned drawdown be planned again."""
    event.item.plan, event.item.fingerprint = None, ""


@on_transition("drawdown.approve")
def reserve(event: Transitioned) -> None:
    """Reserve every share, so that no other bill can use the same money (MF-6.2.4.c)."""
    drawdown = event.item
    resolution = require_resolution(drawdown, event.request)
    shares = drawdown.shares()
    _require_balances(drawdown, shares)
    book = fund_of(drawdown).book
    for share in shares:
        posting.open_unit(book, share.unit)
    posting.hold(book, drawdown.key, [(share.unit, share.amount_fen) for share in shares])
    drawdown.approved_by = event.actor
    drawdown.motion_oid = resolution.motion.__oid__


@on_transition("drawdown.cancel")
def give_back(event: Transitioned) -> None:
    """Release what was reserved."""
    posting.release(fund_of(event.item).book, event.item.key)


@on_transition("drawdown.pay")
def pay(event: Transitioned) -> None:
    """Post the payment: made by who pays, checked by who approved."""
    drawdown = event.item
    draft = build(
        "drawdown",
        key=drawdown.key,
        summary=drawdown.title,
        shares=[(share.unit, share.amount_fen) for share in drawdown.shares()],
        value_on=clock.local(clock.now()).date(),
        maker=event.actor,
        checker=drawdown.approved_by,
        document=drawdown.__name__,
        release=drawdown.key,
    )
    fund = fund_of(drawdown)
    voucher = fund.post(draft, event.request)
    drawdown.voucher_seq = voucher.seq
    telling.promise(fund, [voucher], event.request)


def _require_balances(drawdown: Drawdown, shares: tuple[UnitShare, ...]) -> None:
    short = shortfalls(fund_of(drawdown).book, shares)
    if short:
        raise PortalError(
            "funds.error.units_short",
            clause="MF-6.2.2.e",
            count=len(short),
            unit=short[0].unit,
        )
