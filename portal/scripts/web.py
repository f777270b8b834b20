"""The web process: the application of a settings file behind waitress."""

from __future__ import annotations

import gc
import os
import signal
import sys

import waitress
from pyramid.paster import get_app, setup_logging

from portal.scripts.processes import Site


def serve_pages(site: Site) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    setup_logging(site.ini)
    settings = {key: value for key, value in site.server.items() if key != "use"}
    listen = os.environ.get("YITANG_LISTEN")
    if listen:
        settings["listen"] = listen
    # waitress winds down on SystemExit.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    # Chameleon reads this when it is imported: compiled templates outlive a restart.
    compiled = site.var / "cache" / "templates"
    compiled.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("CHAMELEON_CACHE", str(compiled))
    application = get_app(site.ini, "main")
    # What was made at the start stays until the end; the collector need not look at it again.
    gc.collect()
    gc.freeze()
    waitress.serve(application, _quiet=True, **settings)
