"""Maintenance fund of a community (住宅专项维修资金), a plugin of the portal."""

from pathlib import Path
from typing import Any


def includeme(config: Any) -> None:
    """Register permissions, workflows, content types and pages."""
    from yitang_funds.permissions import RULES

    config.add_permission_rules({str(name): roles for name, roles in RULES.items()})
    config.add_workflows(Path(__file__).parent / "workflows")
    config.include("yitang_funds.fund")
    config.scan("yitang_funds", categories=("pyramid", "substanced"))
