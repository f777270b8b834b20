"""Pages of a drawdown (支用页面): the bill, its resolution and the share of every unit."""

from typing import Any

from pyramid.view import view_config

from portal import i18n, workflow
from portal.content import by_oid
from portal.errors import PortalError
from portal.paging import batch
from portal.rules.area import format_area
from portal.rules.money import format_amount
from portal.security import Permission
from yitang_funds.drawdown import Drawdown
from yitang_funds.fund import community_of, fund_of
from yitang_funds.pages import BATCH, TEMPLATES, download, masked
from yitang_funds.plan import METHODS, Shortfall, shortfalls
from yitang_funds.register import own_codes, units_of
from yitang_funds.resolution import find_resolution
from yitang_funds.tables import MONEY, Column, Table
from yitang_funds.voucher_views import may_see_units

SCOPE_SHOWN = 6
VIEW = Permission.VIEW.value
# States in which the answer to "does a motion cover it?" decides about the next step.
WAITING = ("draft", "requested", "approved")


@view_config(context=Drawdown, renderer=f"{TEMPLATES}/drawdown.pt", permission=VIEW)
def show_drawdown(context: Drawdown, request: Any) -> dict[str, Any]:
    """Show the bill, what the owners decided about it and the next step."""
    fund = fund_of(context)
    problem: PortalError | None = None
    shares: tuple[Any, ...] = ()
    short: tuple[Shortfall, ...] = ()
    try:
        shares = context.shares()
        if context.workflow_state in ("draft", "requested"):
            short = shortfalls(fund.book, shares)
    except PortalError as error:
        problem = error
    waiting = context.workflow_state in WAITING and not problem
    resolution = find_resolution(context) if waiting else None
    motion = resolution.motion if resolution else by_oid(request.site, context.motion_oid)
    labels = {unit.code: unit.label for unit in units_of(community_of(context))}
    own = own_codes(community_of(context), request.account_id)
    sees_all = may_see_units(fund, request)
    seq = context.voucher_seq
    return {
        "item": context,
        "fund": fund,
        "actions": workflow.possible(context, request),
        "problem": i18n.of_error(problem) if problem else None,
        "problem_clause": problem.clause if problem else "",
        "method_clause": METHODS[context.method],
        "scope_text": scope_text(context.scope, labels),
        "share_count": len(shares),
        "own_shares": [
            (labels.get(share.unit, share.unit), share) for share in shares if share.unit in own
        ],
        "total_weight": sum(share.weight for share in shares),
        "shortfalls": [(labels.get(one.unit, one.unit), one) for one in short] if sees_all else [],
        "short_count": len(short),
        "waiting": waiting,
        "motion": motion,
        "differences": [
            i18n.message(one.message_id, **dict(one.values)) for one in resolution.differences
        ]
        if resolution
        else [],
        "voucher": fund.book.voucher(seq) if seq else None,
    }


@view_config(
    context=Drawdown, name="shares", renderer=f"{TEMPLATES}/drawdown_shares.pt", permission=VIEW
)
def show_shares(context: Drawdown, request: Any) -> Any:
    """Show how the bill is divided: own units in full, rooms of others covered (MF-6.2.3.a)."""
    shares = context.shares()
    labels = {unit.code: unit.label for unit in units_of(community_of(context))}
    own = own_codes(community_of(context), request.account_id)
    sees_all = may_see_units(fund_of(context), request)

    def label(code: str) -> str:
        text = labels.get(code, code)
        return text if sees_all or code in own else masked(text)

    if request.GET.get("format"):
        return download(_table(context, shares, label, request), request.GET["format"], "shares")
    pages = batch(request, len(shares), BATCH)
    return {
        "item": context,
        "method_clause": METHODS[context.method],
        "total_weight": sum(share.weight for share in shares),
        "rows": [
            (label(share.unit), share, share.unit in own)
            for share in shares[pages["start"] : pages["start"] + BATCH]
        ],
        "batch": pages,
    }


def scope_text(lines: tuple[str, ...], labels: dict[str, str]) -> str:
    """Return the scope as people read it; a long one ends with dots, the shares name every unit."""
    text = "、".join(labels.get(line, line) for line in lines[:SCOPE_SHOWN])
    return f"{text}……" if len(lines) > SCOPE_SHOWN else text


def _table(drawdown: Drawdown, shares: Any, label: Any, request: Any) -> Table:
    def text(message_id: str, default: str = "") -> str:
        return request.localizer.translate(i18n.message(message_id, default))

    by_area = drawdown.method == "area"
    return Table(
        f"{text('drawdown.shares.title', '分摊明细')} {drawdown.__name__}",
        (
            (text("drawdown.field.title", "事项"), drawdown.title),
            (text("drawdown.field.method", "分摊方式"), text(f"drawdown.method.{drawdown.method}")),
            (text("drawdown.fingerprint", "列支范围指纹"), drawdown.fingerprint[:16]),
        ),
        (
            Column(text("funds.unit", "房屋")),
            Column(text("drawdown.weight", "权数")),
            Column(text("drawdown.rank", "余数名次")),
            Column(text("drawdown.share", "分摊金额"), MONEY),
        ),
        tuple(
            (
                label(share.unit),
                format_area(share.weight) if by_area else str(share.weight),
                str(share.rank),
                share.amount_fen,
            )
            for share in shares
        ),
        closing=(
            f"{text('drawdown.field.amount_fen', '金额')} {format_amount(drawdown.amount_fen)}",
        ),
        signatures=(text("funds.prepared_by", "制表"), text("funds.checked_by", "复核")),
        lang="zh" if request.locale_name.startswith("zh") else "en",
    )
