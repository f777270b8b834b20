"""Embedded broker (内置代理): amqtt in this process, for a demo on a machine without Mosquitto.

Its limits, all measured: MQTT 3.1.1 only; ``$share`` is granted but delivers nothing; sessions
live in memory and die with the process; what it writes to a client that has just died is gone,
until the gap ledger asks for it; one walk over all subscriptions per message, so keep it to a
few hundred devices. Use Mosquitto for anything else.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from yitang_facilities import access, credentials


class PasswordPlugin(BaseAuthPlugin):
    """Let in users of our password file and nobody else."""

    async def authenticate(self, *, session: Session) -> bool:
        """Check name and password; the file is read anew so that new devices work at once."""
        users = credentials.read(Path(self.config.password_file))
        stored = users.get(session.username or "")
        return stored is not None and credentials.check_password(session.password or "", stored)

    @dataclass
    class Config:
        """Name the password file."""

        password_file: str = ""


class TopicPlugin(BaseTopicPlugin):
    """Enforce the table of topic rights."""

    async def topic_filtering(
        self,
        *,
        session: Session | None = None,
        topic: str | None = None,
        action: Action | None = None,
    ) -> bool:
        """Decide on one publish, subscription or delivery."""
        if session is None or not session.username or not topic:
            return False
        return access.may(session.username, topic, write=action == Action.PUBLISH)


def configuration(bind: str, port: int, passwords: Path) -> dict:
    """Return the amqtt configuration for one plain listener."""
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{bind}:{port}"}},
        "plugins": {
            "yitang_facilities.embedded.PasswordPlugin": {"password_file": str(passwords)},
            "yitang_facilities.embedded.TopicPlugin": {},
        },
    }


async def serve(bind: str, port: int, passwords: Path, stop: asyncio.Event) -> None:
    """Run the broker until ``stop`` is set."""
    broker = Broker(configuration(bind, port, passwords))
    await broker.start()
    try:
        await stop.wait()
    finally:
        with suppress(asyncio.CancelledError):
            await broker.shutdown()
