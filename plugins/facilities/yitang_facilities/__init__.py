"""Facilities plugin (设施设备): devices, readings, alarms and work orders of a community."""

from pathlib import Path
from typing import Any

# The modules of the processes (broker, simulator, …) are not loaded into the portal.
MODULES = (
    *("facilities", "device", "alarm_rule", "alarm", "work_order", "intake", "demo", "views"),
    "requests",
)


def includeme(config: Any) -> None:
    """Register permissions, workflows, texts, content types, subscribers and pages."""
    from portal.events import Added, Edited, Removed, Transitioned
    from yitang_facilities import alarm_rule, demo, device, facilities, requests
    from yitang_facilities.permissions import RULES

    here = Path(__file__).parent
    config.add_permission_rules({str(name): roles for name, roles in RULES.items()})
    config.add_workflows(here / "workflows")
    config.add_message_templates(here / "messages")
    config.registry.community_links.append(("section.facilities", "facilities", "tools"))
    config.registry.service_request_links.append(requests.links)
    config.add_route("device_code", "/d/{code}")
    config.add_subscriber(facilities.open_with_community, Added)
    config.add_subscriber(demo.start_demo, Added)
    config.add_subscriber(device.add_first_rules, Added)
    config.add_subscriber(device.keep_kind, Edited)
    config.add_subscriber(alarm_rule.count_version, Edited)
    for event in (Added, Edited, Removed, Transitioned):
        config.add_subscriber(device.promise_register, event)
    for name in MODULES:
        config.scan(f"yitang_facilities.{name}", categories=("pyramid", "substanced"))
