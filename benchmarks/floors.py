"""The bare server: Pyramid, Chameleon and waitress as the product uses them, and nothing else."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import texts
from portal.scripts.processes import answers
from tests.services import free_port, run_as

THREADS = "4"
PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8" /><title>${title}</title></head>
<body><main><h1>${title}</h1><p tal:repeat="line body.splitlines()">${line}</p></main></body></html>
"""


class Server(NamedTuple):
    """A running server."""

    pid: int
    port: int


@contextmanager
def bare_server() -> Iterator[Server]:
    """Run the bare server in a process of its own."""
    port = free_port()
    command = [*run_as(None), sys.executable, "-W", "ignore", "-m", "benchmarks.floors", str(port)]
    # In a session of its own like the product's server: Linux shares the processors by session.
    process = subprocess.Popen(command, start_new_session=True)
    try:
        while not answers(("127.0.0.1", port)):
            if process.poll() is not None:
                msg = "the bare server did not start"
                raise RuntimeError(msg)
            time.sleep(0.05)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait()


def _main(port: str) -> None:
    import waitress
    from pyramid.config import Configurator
    from pyramid.response import Response

    # As `tests.site_process` does; else both would measure how fast they write to a terminal.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    folder = Path(tempfile.mkdtemp())
    template = folder / "page.pt"
    template.write_text(PAGE, "utf-8")
    written = texts.announcements(200)

    def page(request: Any) -> dict[str, str]:
        title, body = written[int(request.matchdict["number"])]
        return {"title": title, "body": body}

    def nothing(request: Any) -> Response:
        # Reads the form as every view does that takes one.
        return Response(str(len(request.POST)))

    config = Configurator()
    config.include("pyramid_chameleon")
    config.add_route("page", "/{number}")
    config.add_view(page, route_name="page", request_method="GET", renderer=str(template))
    config.add_view(nothing, route_name="page", request_method="POST")
    waitress.serve(
        config.make_wsgi_app(), listen=f"127.0.0.1:{port}", threads=int(THREADS), _quiet=True
    )


if __name__ == "__main__":
    _main(sys.argv[1])
