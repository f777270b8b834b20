"""A small MQTT broker for a machine without Mosquitto: `python -m portal.scripts.broker HOST PORT`.

For the demo only: it keeps nothing over a restart and lets every local client in.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from amqtt.broker import Broker


def broker_config(host: str, port: int) -> dict[str, object]:
    """Return the configuration of a broker that listens at one address."""
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


async def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    broker = Broker(broker_config(host, port))
    await broker.start()
    await stopping.wait()
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
