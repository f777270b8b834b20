"""The processes that this plugin adds to a site: broker, ingest and, in a demo, the simulator."""

import time

from pyramid.settings import asbool

from portal.scripts.processes import Process, Site
from yitang_facilities import broker, ingest, simulator
from yitang_facilities.paths import Paths

FLEET_SECONDS = 2.0


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


def _client_options(site: Site) -> list[str]:
    host, port = broker_address(site)
    return ["--var", str(site.var), "--host", host, "--port", str(port)]


def run_broker(site: Site) -> int:
    """Run the broker."""
    host, port = broker_address(site)
    return broker.main(["--var", str(site.var), "--bind", host, "--port", str(port)])


def run_ingest(site: Site) -> int:
    """Run ingest."""
    return ingest.main(_client_options(site))


def run_simulator(site: Site) -> int:
    """Run the simulator as soon as the demo has written its devices."""
    while not simulator.fleet_file(Paths(site.var)).exists():
        time.sleep(FLEET_SECONDS)
    return simulator.main(_client_options(site))
