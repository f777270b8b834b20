"""`yitang witness ADDRESS FILE`: keep the heads of a log and raise an alarm when one is denied.

Street office, scrutineer or owner runs it by a timer. ADDRESS is the ``log.json`` of a meeting,
with ``?leaf=`` of an own voucher while the vote is open. FILE grows by one line for each new head.
"""

from __future__ import annotations

import argparse
import http.client
import json
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.errors import ConfigurationError

OK, ALARM = 0, 2
SECONDS = 20
LARGEST = 1_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("address", help="https://…/log.json of the meeting")
    parser.add_argument("file", type=Path, help="where the heads are kept, one line each")
    parser.add_argument("--key", help="key id printed on the notice 公告上的密钥编号")


def run(arguments: argparse.Namespace) -> int:
    """Compare the newest head with the last one kept; 0 when it grew, 2 for an alarm."""
    from portal.evidence.witness import Alarm, compare

    kept = _kept(arguments.file)
    last = kept[-1] if kept else None
    answer = fetch(arguments.address, last["size"] if last else 0)
    try:
        head = compare(last, answer, arguments.key)
    except Alarm as alarm:
        sys.stdout.write(f"警报 ALARM: {alarm}\n")
        _keep(arguments.file.with_suffix(".alarm"), answer)
        return ALARM
    if last is None or head["size"] > last["size"] or head["time"] > last["time"]:
        _keep(arguments.file, head)
    sys.stdout.write(f"一致 consistent: {head['log']} {head['size']} {head['root_sha256']}\n")
    return OK


def fetch(address: str, size: int) -> dict[str, Any]:
    """Return the log proof from ``size`` leaves; ConfigurationError when there is no answer."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{address} is no address of a log.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    connection = kind(parts.hostname, parts.port, timeout=SECONDS, **more)
    query = "&".join(filter(None, (parts.query, urlencode({"size": size}))))
    try:
        connection.request("GET", f"{parts.path}?{query}")
        response = connection.getresponse()
        body = response.read(LARGEST)
        if response.status != http.client.OK:
            raise ConfigurationError(f"{address} answers {response.status}.")
        return dict(json.loads(body))
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ConfigurationError(f"{address}: {type(error).__name__}") from error
    finally:
        connection.close()


def _kept(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def _keep(path: Path, record: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n")
