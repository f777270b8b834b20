"""A small Pyramid application on a real object database, for tests of the kernel's services."""

from pathlib import Path

import transaction
from persistent.mapping import PersistentMapping
from pyramid.config import Configurator
from pyramid_zodbconn import get_connection

from portal.accounts import Accounts
from portal.inbox import Messages
from portal.outbox import Outbox
from portal.settings import read
from portal.vault import Vault


class Site(PersistentMapping):
    """A root with services as attributes, like the real one."""

    __parent__ = None
    __name__ = ""


def root_factory(request):
    zodb_root = get_connection(request).root()
    if "site" not in zodb_root:
        site = Site()
        site.outbox = Outbox()
        site.accounts = Accounts()
        site.messages = Messages()
        zodb_root["site"] = site
        transaction.commit()
    return zodb_root["site"]


def make_registry(folder: Path | None = None, includes=(), **settings):
    """Build the application; without a folder its databases live in memory."""
    uris = (
        {"zodbconn.uri": "memory://main", "zodbconn.uri.audit": "memory://audit"}
        if folder is None
        else {
            "zodbconn.uri": f"file://{folder}/Data.fs",
            "zodbconn.uri.audit": f"file://{folder}/audit.fs",
        }
    )
    settings = {"yitang.broker": "none", "yitang.data": str(folder or "var")} | uris | settings
    settings["yitang"] = read(settings)
    config = Configurator(settings=settings, root_factory=root_factory)
    config.include("pyramid_tm")
    config.include("pyramid_zodbconn")
    config.include("portal.tasks")
    config.include("portal.delivery")
    vault = Vault(b"k" * 32)
    config.add_request_method(lambda _request: vault, "vault", reify=True)
    config.add_request_method(root_factory, "site", reify=True)
    config.add_request_method(lambda _request: "", "account_id", property=True)
    for include in includes:
        config.include(include)
    app = config.make_wsgi_app()
    config.registry.test_app = app
    return config.registry


def close(registry):
    for database in registry._zodb_databases.values():
        database.close()
