"""Evidence of a meeting (会议证据): stamps, published tables, roster for the notary, packages."""

from __future__ import annotations

from typing import Any

from portal.evidence.stamps import TimeStamper


def includeme(config: Any) -> None:
    """Read who stamps the heads of the logs, if anybody does."""
    config.registry.time_stamper = TimeStamper.from_settings(config.registry.settings)
