"""Demo of the fund (演示): deposits of every unit and drawdowns on the community's motions."""

import csv
import io
from collections.abc import Callable
from typing import Any

from pyramid.interfaces import ILocalizer

from portal import accounts, clock, content, i18n, jobs, workflow
from portal.errors import PortalError
from portal.rules.money import format_amount
from portal.security import Role
from yitang_funds.deposit_sheet import add_sheet
from yitang_funds.deposits import COLUMNS
from yitang_funds.fund import NAME
from yitang_funds.register import places_of
from yitang_funds.resolution import fund_motions

STAFF = (("fund-manager", Role.FUND_MANAGER), ("fund-checker", Role.FUND_CHECKER))
FEN_PER_HUNDREDTH = 80
"""80 元 a square metre is 80 分 for each 0.01 m²."""


def play(registry: Any, password: str, say: Callable[[str], None]) -> list[tuple[str, str]]:
    """Fill the fund of the first community with units; returns log-in names and roles."""
    if not jobs.transact(registry, lambda request: make_staff(request, password)):
        return []
    manager, checker = (login for login, _ in STAFF)
    name = jobs.transact(registry, lambda request: prepare(acting(request, manager)))
    jobs.transact(registry, lambda request: book(acting(request, checker), name))
    say("Fund: the contribution of every unit is booked")
    names = jobs.transact(registry, lambda request: propose(acting(request, manager)))
    for name in names:
        say(f"Fund: the drawdown {name} is {settle(registry, name)}")
    jobs.run_pending(registry)
    return [(login, str(role)) for login, role in STAFF]


def first_community(request: Any) -> Any:
    """Return the first community that has units, or None."""
    found = (c for c in request.site["communities"].values() if NAME in c and places_of(c))
    return next(found, None)


def acting(request: Any, login: str) -> Any:
    """Let somebody act in a request that no browser sent."""
    request.account = request.site.accounts.find(request.vault, login)
    return request


def make_staff(request: Any, password: str) -> bool:
    """Create the two persons that keep the book; False when there is no community to serve."""
    community = first_community(request)
    if community is None:
        return False
    for login, role in STAFF:
        account = request.site.accounts.create(request.vault, login=login, kind="staff")
        accounts.set_password(account, password)
        accounts.grant(account, role, community.scope_id)
    return True


def prepare(request: Any) -> str:
    """Upload a sheet with the contribution of every unit; returns its name."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    day = clock.local(clock.now()).date().isoformat()
    community = first_community(request)
    for number, place in enumerate(places_of(community), start=1):
        amount = format_amount(place.exclusive_area * FEN_PER_HUNDREDTH, grouping=False)
        receipt = f"{number:08d}"
        writer.writerow([place.building, place.entrance, place.room, amount, day, receipt])
    data = target.getvalue().encode()
    sheet = add_sheet(community[NAME], data, "首次交存清单.csv", request)
    return str(sheet.__name__)


def book(request: Any, name: str) -> None:
    """Check and book the sheet."""
    workflow.transition(first_community(request)[NAME][name], "book", request)


def propose(request: Any) -> list[str]:
    """Enter a drawdown for every motion on the fund; returns their names."""
    community = first_community(request)
    return [
        content.add(
            community[NAME],
            content.create(
                "drawdown",
                request,
                title=motion.title[:80],
                purpose=motion.description or motion.title,
                payee="深圳市安捷建设工程有限公司",
                amount_fen=motion.amount_fen,
                scope=motion.scope_units,
            ),
            request,
        )
        for _, motion in fund_motions(community)
        if motion.amount_fen
    ]


def settle(registry: Any, name: str) -> str:
    """Request, approve and pay what the owners decided; returns how far it came."""
    manager, checker = (login for login, _ in STAFF)

    def step(login: str, transition: str) -> str:
        def take(request: Any) -> str:
            drawdown = first_community(acting(request, login))[NAME][name]
            workflow.transition(drawdown, transition, request)
            return str(drawdown.workflow_state)

        return str(jobs.transact(registry, take))

    state = "draft"
    try:
        for login, transition in (
            (manager, "request"),
            (checker, "approve"),
            (manager, "pay"),
        ):
            state = step(login, transition)
    except PortalError as error:
        # Its page says the same: not enough money, or not what the owners decided.
        localizer = registry.getUtility(ILocalizer, name="en")
        return f"{state}: {localizer.translate(i18n.of_error(error))}"
    return state
