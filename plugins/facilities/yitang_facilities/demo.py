"""Demo fleet (演示设备): a demo site's first community gets devices that the simulator plays."""

from typing import Any

from portal import clock, content
from portal.events import Added
from portal.outbox import job
from yitang_facilities import credentials, simulator
from yitang_facilities.facilities import open_facilities, paths_of
from yitang_facilities.simulator import Member

CREATE_FLEET = "facilities.create_demo_fleet"
EQUIP_FLEET = "facilities.equip_demo_fleet"
FLEET = (
    ("1号生活水箱", "water-level", "1幢地下泵房"),
    ("1号生活水泵", "pump", "1幢地下泵房"),
    ("1幢1单元电梯", "lift", "1幢1单元"),
    ("配电房温湿度", "temperature", "2幢地下配电房"),
    ("2幢大堂烟感", "smoke", "2幢一层大堂"),
)


def start_demo(event: Added) -> None:
    """Promise a fleet to the first community of a demo site."""
    first = event.item.content_type_name == "community" and len(event.item.__parent__) == 1
    if first and event.request.registry.settings["yitang"].demo:
        event.request.site.outbox.put(CREATE_FLEET, {"community_oid": event.item.__oid__})


@job(CREATE_FLEET)
def create_fleet(request: Any, community_oid: int) -> None:
    """Register the devices of the fleet."""
    community = content.by_oid(request.site, community_oid)
    if community is None:
        return
    section = open_facilities(community, request)["devices"]
    codes = []
    for title, kind, place in FLEET:
        device = content.create("device", request, title=title, kind=kind, place=place)
        content.add(section, device, request)
        device.credential_issued_at = clock.now()
        codes.append([device.code, kind])
    # Passwords are made by a job of their own: a file written by a transaction that has to
    # run again would name devices that never were.
    request.site.outbox.put(EQUIP_FLEET, {"community": community.__name__, "devices": codes})


@job(EQUIP_FLEET)
def equip_fleet(request: Any, community: str, devices: list[list[str]]) -> None:
    """Give every simulated device its password and tell the simulator."""
    paths = paths_of(request)
    simulator.write_fleet(
        simulator.fleet_file(paths),
        [
            Member(code, kind, community, credentials.issue(paths.passwords, code))
            for code, kind in devices
        ],
    )
