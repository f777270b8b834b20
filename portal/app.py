"""The WSGI application (应用): the only list of packages and plugins."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPPermanentRedirect
from pyramid.session import JSONSerializer, SignedCookieSessionFactory
from substanced.content import ContentRegistry, add_content_type

import workflows
from portal import clock, evolution, i18n, jobs, law, security, shortcuts, workflow
from portal import settings as portal_settings
from portal.errors import ConfigurationError
from portal.evidence.cover import Cover
from portal.evidence.keys import Ed25519Signer, load_kek
from portal.evidence.meeting_keys import MeetingKeys
from portal.fulltext import FullText
from portal.site import root_factory
from portal.vault import Vault

# Set by `yitang evolve`, which must open what nobody else may.
EVOLVING = "YITANG_EVOLVING"
CATEGORIES = ("pyramid", "substanced")
PACKAGES = ("portal", "content_types")
# In this order, because tweens that are added later come first.
PARTS = (
    "portal.authentication",
    "portal.layout",
    "portal.shared_pages",
    "portal.routes",
    "portal.delivery",
    "portal.scanner",
    "portal.tasks",
    "portal.group_commit",
    "portal.ratelimit",
    "portal.edge",
)
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}

# POST pages that only compute: they must not keep the writers waiting.
WRITES_NOTHING = frozenset(("/verify", "/api/v1/verify"))

# POST pages that leave their writing to the group (``portal.group_commit``): behind the lock there
# would never be two of them to be committed together.
WRITES_ALONE = ("/vote", "/ballots", "/terminal")

# One writer at a time in a process: readers never wait, and writers of one process never meet in
# a conflict. Writers of different processes still do; pyramid_retry runs the loser again.
_writing = threading.Lock()


def main(global_config: dict[str, Any], **raw: Any) -> Any:
    """Return the WSGI application for the settings of an ini file.

    Raises ConfigurationError on a database of an older release; ``yitang evolve`` is let in.
    """
    application = configure(raw).make_wsgi_app()
    if os.environ.get(EVOLVING) != "1":
        check_database(application.registry)
    return application


def check_database(registry: Any) -> None:
    """Refuse to serve a database whose evolution steps have not all been run."""
    registry.initialising = True  # An empty database is no old one.
    try:
        with jobs.environment(registry) as request:
            if request.root is not None:
                evolution.check(request.root, registry)
    finally:
        registry.initialising = False


def configure(raw: dict[str, Any]) -> Configurator:
    """Return the complete configuration; raises ConfigurationError when anything is amiss."""
    site_settings = portal_settings.read(raw)
    demo_clock = site_settings.data / portal_settings.DEMO_CLOCK
    if site_settings.demo and demo_clock.exists():
        clock.shift(int(demo_clock.read_text("ascii")))
    base = {
        "tm.annotate_user": "false",
        "retry.attempts": "12",
        "pyramid.default_locale_name": "zh_CN",
        "zodbconn.uri": f"file://{site_settings.data}/db/Data.fs?blobstorage_dir={site_settings.data}/db/blobs",
        "zodbconn.uri.audit": f"file://{site_settings.data}/db/Audit.fs",
    }
    (site_settings.data / "db").mkdir(parents=True, exist_ok=True)
    settings = base | raw
    settings["yitang"] = site_settings
    config = Configurator(settings=settings, root_factory=root_factory)
    config.include("pyramid_chameleon")
    config.include("pyramid_retry")
    config.include("pyramid_tm")
    config.include("portal.databases")
    config.registry.content = ContentRegistry(config.registry)
    config.registry.site_places = []
    config.registry.api_operations = []
    config.registry.initialising = False
    config.registry.community_links = []
    config.registry.service_request_links = []
    config.registry.integrity_checks = []
    config.registry.demo_steps = []
    config.add_directive("add_content_type", add_content_type)
    config.include("portal.evolution")
    config.add_directive("add_site_places", add_site_places)
    config.add_directive("add_permission_rules", add_permission_rules)
    config.add_directive("add_workflows", add_workflows)
    _security(config, site_settings)
    for part in PARTS:
        config.include(part)
    config.set_locale_negotiator(i18n.negotiate)
    config.add_translation_dirs("skins:locale/")
    one_year = 365 * 86_400
    config.add_static_view("static", "skins:static", cache_max_age=one_year)
    config.add_static_view("vendor", "skins:node_modules", cache_max_age=one_year)
    config.add_cache_buster("skins:static", FileVersion())
    config.include("portal.law")
    _plugins(config, site_settings)
    config.add_workflows(Path(workflows.__file__).parent)
    for package in PACKAGES:
        config.scan(package, categories=CATEGORIES, ignore=["portal.scripts", _is_test])
    config.include("content_types")
    config.include("portal.api")
    config.commit()
    law.join_texts(config.registry)
    workflow.check_guards()
    workflow.check_clauses(config.registry.profiles.values())
    shortcuts.settle(config.registry)
    return config


class FileVersion:
    """Adds the file's change time to static addresses, so that a new version is fetched."""

    def __call__(
        self, request: Any, subpath: str, kw: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Return the address with its version."""
        import skins

        path = Path(skins.__file__).parent / "static" / subpath
        if path.is_file():
            kw["_query"] = {"v": f"{int(path.stat().st_mtime):x}"}
        return subpath, kw


def add_site_places(config: Configurator, create: Callable[[Any, Any], None]) -> None:
    """Register a function ``(site, request)`` that creates a place every site has."""
    config.registry.site_places.append(create)


def add_permission_rules(config: Configurator, rules: dict[str, tuple[str, ...]]) -> None:
    """Name a package's own permissions and who holds them when nothing says otherwise."""
    clash = {key for key, names in rules.items() if security.SITE_RULES.get(key, names) != names}
    if clash:
        raise ConfigurationError(f"Permissions are defined twice: {sorted(clash)}.")
    security.SITE_RULES.update(rules)


def add_workflows(config: Configurator, folder: Path) -> None:
    """Register every workflow file of a folder."""
    for path in sorted(Path(folder).glob("*.yaml")):
        workflow.register(
            workflow.load(
                path, roles=[str(r) for r in security.Role], permissions=security.SITE_RULES
            )
        )


def _plugins(config: Configurator, site_settings: portal_settings.Settings) -> None:
    found = {point.name: point for point in entry_points(group="portal.plugins")}
    for name in site_settings.plugins:
        if name not in found:
            raise ConfigurationError(
                f"yitang.plugins names {name!r}; installed: {', '.join(sorted(found)) or 'none'}."
            )
        config.include(found[name].load())


def _security(config: Configurator, site_settings: portal_settings.Settings) -> None:
    vault = Vault.from_folder(site_settings.keys)
    config.registry.vault = vault
    config.registry.signer = Ed25519Signer.from_file(site_settings.keys / "signing.key")
    config.registry.meeting_keys = MeetingKeys(
        site_settings.keys / "meetings", config.registry.signer
    )
    config.registry.kek = load_kek(site_settings.keys / "kek.key")
    config.registry.cover = partial(Cover, site_settings.data / "covers")
    config.registry.fulltext = FullText(site_settings.data / "fulltext.sqlite")
    try:
        secret = (site_settings.keys / "session.key").read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no key {site_settings.keys / 'session.key'}; `yitang init` creates it."
        ) from None
    config.set_session_factory(
        SignedCookieSessionFactory(
            secret,
            cookie_name="__Host-sid" if site_settings.production else "sid",
            secure=site_settings.production,
            httponly=True,
            samesite="Lax",
            timeout=None,
            max_age=30 * 86_400,
            # Who stays logged in is known on the server; the cookie only has to outlive that.
            reissue_time=86_400,
            hashalg="sha512",
            serializer=JSONSerializer(),
        )
    )
    config.set_default_csrf_options(require_csrf=True)
    config.add_request_method(lambda request: vault, "vault", reify=True)
    config.add_request_method(lambda request: request.registry.fulltext, "fulltext", reify=True)
    config.add_request_method(root_factory, "site", reify=True)
    config.add_request_method(lambda request: True, "site_available", property=True)
    config.add_tween("portal.app.header_tween")
    config.add_tween("portal.app.write_tween", over="pyramid_tm.tm_tween_factory")


def header_tween(handler: Any, registry: Any) -> Any:
    """Add the security headers to every answer; pages of a person are never cached."""
    production = registry.settings["yitang"].production
    fixed = [*SECURITY_HEADERS.items()]
    if production:
        fixed.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    with_store = [*fixed, ("Cache-Control", "no-store")]

    def tween(request: Any) -> Any:
        clear = production and request.scheme != "https"
        # The health check comes from this machine, before the proxy.
        refused = clear and request.environ["PATH_INFO"] != "/healthz"
        response = _over_tls(request) if refused else handler(request)
        # The raw path, because an address may be no UTF-8.
        static = request.environ["PATH_INFO"].startswith(("/static/", "/vendor/"))
        there = {name.lower() for name, _ in response.headerlist}
        wanted = fixed if static else with_store
        response.headerlist.extend(pair for pair in wanted if pair[0].lower() not in there)
        return response

    return tween


def _over_tls(request: Any) -> Any:
    """Lead a reader to the secure address; refuse whatever was sent in the clear (EV-11.2.2)."""
    base = request.registry.settings["yitang"].base_url
    if request.method in ("GET", "HEAD"):
        path = quote(request.environ["PATH_INFO"].encode("latin-1"))
        query = request.environ.get("QUERY_STRING", "")
        return HTTPPermanentRedirect(f"{base}{path}?{query}" if query else base + path)
    return HTTPForbidden(body=f"Use {base}\n".encode(), content_type="text/plain")


def write_tween(handler: Any, registry: Any) -> Any:
    """Let the requests that may write go one after another in this process."""

    def tween(request: Any) -> Any:
        path = request.environ["PATH_INFO"]
        free = path in WRITES_NOTHING or path.endswith(WRITES_ALONE)
        if free or request.method in ("GET", "HEAD", "OPTIONS"):
            return handler(request)
        with _writing:
            return handler(request)

    return tween


def _is_test(name: str) -> bool:
    return ".tests" in name
