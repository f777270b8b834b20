"""The processes that this plugin adds to a site: broker, ingest and, in a demo, the simulator."""

import time

from pyramid.settings import asbool

from portal import clock
from portal.scripts.processes import Process, Site
from yitang_facilities import broker, ingest, simulator
from yitang_facilities.paths import Paths

FLEET_SECONDS = 2.0
# The file in which the demo writes how many seconds its clock runs beside the machine's.
DEMO_CLOCK = "demo-clock"


def site_processes(site: Site) -> list[Process]:
    """Return the processes in the order in which they start."""
    table = []
    if asbool(site.setting("mqtt_embedded", "false")):
        table.append(Process("broker", run_broker, broker_address(site)))
    table.append(Process("ingest", run_ingest))
    if asbool(site.setting("demo", "false")):
        table.append(Process("simulator", run_simulator))
    return table


def broker_address(site: Site) -> tuple[str, int]:
    """Return host and port of the broker."""
    return site.setting("mqtt_host", "127.0.0.1"), int(site.setting("mqtt_port", "1883"))


def use_demo_clock(site: Site) -> None:
    """Run by the clock of the demo site, which stands beside the machine's."""
    path = site.var / DEMO_CLOCK
    if asbool(site.setting("demo", "false")) and path.exists():
        clock.shift(int(path.read_text("ascii")))


def _client_options(site: Site) -> list[str]:
    host, port = broker_address(site)
    return ["--var", str(site.var), "--host", host, "--port", str(port)]


def run_broker(site: Site) -> int:
    """Run the broker."""
    host, port = broker_address(site)
    return broker.main(["--var", str(site.var), "--bind", host, "--port", str(port)])


def run_ingest(site: Site) -> int:
    """Run ingest."""
    use_demo_clock(site)
    return ingest.main(_client_options(site))


def run_simulator(site: Site) -> int:
    """Run the simulator as soon as the demo has written its devices."""
    while not simulator.fleet_file(Paths(site.var)).exists():
        time.sleep(FLEET_SECONDS)
    use_demo_clock(site)
    return simulator.main(_client_options(site))
