"""Maintenance fund of a community (住宅专项维修资金), a plugin of the portal."""

from pathlib import Path
from typing import Any


def includeme(config: Any) -> None:
    """Register permissions, workflows, content types and pages."""
    from portal.events import Added
    from portal.views.queue import add_waiting
    from yitang_funds.correction import check_correction
    from yitang_funds.demo import play
    from yitang_funds.fund import NAME, open_with_community
    from yitang_funds.integrity import check_books
    from yitang_funds.permissions import RULES

    config.add_permission_rules({str(name): roles for name, roles in RULES.items()})
    here = Path(__file__).parent
    config.add_workflows(here / "workflows")
    config.add_message_templates(here / "messages")
    config.add_subscriber(open_with_community, Added)
    config.add_subscriber(check_correction, Added)
    config.registry.integrity_checks.append(check_books)
    config.registry.demo_steps.append(play)
    config.registry.community_links.append(("fund_book.title", NAME, "cash-coin"))
    add_waiting("drawdown", ("draft", "requested", "approved"))
    add_waiting("deposit_sheet", ("prepared",))
    add_waiting("correction", ("prepared",))
    config.scan("yitang_funds", categories=("pyramid", "substanced"))
