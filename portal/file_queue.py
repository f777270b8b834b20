"""The broker that needs no server (文件队列): a folder in which each message appears whole.

Kombu opens a message under the name that readers take and fills it afterwards: a reader that comes
between the two takes an empty one, and a writer that is killed there leaves one behind. The worker
that reads it dies of it.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

log = logging.getLogger(__name__)

SCHEME = "folder"


class Channel(filesystem.Channel):  # type: ignore[misc]
    """Puts messages by renaming them and passes over one that cannot be read."""

    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        arriving = Path(self.data_folder_out, f"{name}.part")
        arriving.write_text(dumps(payload), "utf-8")
        arriving.rename(arriving.with_name(name))

    def _get(self, queue: Any, timeout: Any = None) -> Any:
        try:
            return super()._get(queue)
        except json.JSONDecodeError:
            # Cut off by a power failure. What it asked for stands in the outbox.
            log.warning("A message of the queue could not be read; the relay takes over.")
            raise Empty from None


class Transport(filesystem.Transport):  # type: ignore[misc]
    """Kombu's folder of messages with the channel above."""

    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
