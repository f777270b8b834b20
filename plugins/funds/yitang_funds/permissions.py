"""Permissions of the fund (权限) and who holds them when no state says otherwise."""

from enum import StrEnum

from portal.security import Role


class FundPermission(StrEnum):
    """What can be done with a fund book beside looking at it."""

    OPEN = "fund_book:open"
    VIEW_UNITS = "fund_book:view_units"
    PREPARE = "deposit_sheet:prepare"
    BOOK = "deposit_sheet:book"
    CORRECT = "correction:prepare"
    POST_CORRECTION = "correction:post"
    ADD = "drawdown:add"
    REQUEST = "drawdown:request"
    APPROVE = "drawdown:approve"
    PAY = "drawdown:pay"


# Whoever prepares a voucher has one role and whoever checks it the other (内部牵制); that they
# are two persons is checked at posting.
RULES: dict[str, tuple[str, ...]] = {
    FundPermission.OPEN: (Role.FUND_MANAGER,),
    FundPermission.VIEW_UNITS: (Role.FUND_MANAGER, Role.FUND_CHECKER),
    FundPermission.PREPARE: (Role.FUND_MANAGER,),
    FundPermission.BOOK: (Role.FUND_CHECKER,),
    FundPermission.CORRECT: (Role.FUND_MANAGER,),
    FundPermission.POST_CORRECTION: (Role.FUND_CHECKER,),
    FundPermission.ADD: (Role.FUND_MANAGER,),
    FundPermission.REQUEST: (Role.FUND_MANAGER,),
    FundPermission.APPROVE: (Role.FUND_CHECKER,),
    FundPermission.PAY: (Role.FUND_MANAGER,),
}
