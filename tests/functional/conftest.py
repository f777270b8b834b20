"""A whole site for functional tests: real application, real object database, moved clock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from portal import accounts, clock, content, initialise, jobs
from portal.app import configure
from tests.functional.assembly import Assembly

PASSWORD = "a long enough phrase"
# The chapters of the story and the parts of the paper round assert as tests do.
pytest.register_assert_rewrite(
    "tests.functional.story", "tests.functional.story_steps", "tests.functional.paper"
)
INI = """[app:main]
use = egg:yitang
yitang.data = {folder}
yitang.broker = none
[server:main]
use = egg:waitress#main
"""
START = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)  # a Wednesday, 09:00 in Shanghai


class MovedClock:
    """The clock of a test; it stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        return self.instant

    def to(self, instant: datetime) -> None:
        """Set the clock; it never goes back."""
        assert instant >= self.instant
        self.instant = instant

    def forward(self, **kw: int) -> None:
        """Move the clock by a time difference."""
        self.instant += timedelta(**kw)


class SiteUnderTest:
    """The application with helpers to look inside and to act as somebody."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        initialise.create_keys(folder / "keys")
        raw = {
            "yitang.data": str(folder),
            "yitang.broker": "none",
            "yitang.base_url": "http://localhost",
        } | settings
        self.config = configure(raw)
        self.app = self.config.make_wsgi_app()
        self.registry = self.app.registry
        self.setup_path = initialise.first_start(self.registry)

    def close(self) -> None:
        """Close the databases."""
        for db in dict.fromkeys(self.registry._zodb_databases.values()):
            db.close()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Close the site and let the operator run a command on it, in a process of its own."""
        self.close()
        ini = self.folder / "site.ini"
        ini.write_text(INI.format(folder=self.folder), "utf-8")
        return subprocess.run(
            [sys.executable, "-m", "portal.scripts.main", words[0], "--ini", str(ini), *words[1:]],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def run(self, function: Callable[[Any], Any]) -> Any:
        """Run ``function(request)`` in a transaction as the system."""
        return jobs.transact(self.registry, function)

    def drain(self) -> None:
        """Run what the clock and the outbox ask for; any failure is the test's failure."""
        jobs.tick(self.registry, strict=True)
        jobs.run_pending(self.registry, strict=True)

    def browser(self) -> TestApp:
        """Return a fresh browser without cookies."""
        return TestApp(self.app, extra_environ={"HTTP_HOST": "localhost"})

    def make_account(self, login: str, *grants: tuple[str, str], kind: str = "staff") -> str:
        """Create an account with PASSWORD and roles; returns its id."""

        def make(request: Any) -> str:
            account = request.site.accounts.create(request.vault, login=login, kind=kind)
            accounts.set_password(account, PASSWORD)
            for role, scope in grants:
                accounts.grant(account, role, scope)
            return account.id

        return self.run(make)

    def logged_in(self, login: str, password: str = PASSWORD) -> TestApp:
        """Return a browser logged in as somebody."""
        browser = self.browser()
        page = browser.get("/login")
        form = page.forms["form"]
        form["login"] = login
        form["password"] = password
        form.submit("save", status=303)
        return browser


@pytest.fixture
def moved_clock() -> Iterator[MovedClock]:
    """Stop the clock at START; the test moves it."""
    source = MovedClock(START)
    clock.set_clock(source)
    yield source
    clock.set_clock(None)


@pytest.fixture
def site(tmp_path: Path, moved_clock: MovedClock) -> Iterator[SiteUnderTest]:
    """Return a fresh, empty site."""
    under_test = SiteUnderTest(tmp_path)
    yield under_test
    under_test.close()


@pytest.fixture
def open_site(tmp_path: Path, moved_clock: MovedClock) -> Iterator[SiteUnderTest]:
    """Return a fresh site where nobody is slowed down and face checks are switched off."""
    under_test = SiteUnderTest(tmp_path, **{"yitang.limits": "off", "yitang.identity.face": "off"})
    yield under_test
    under_test.close()


@pytest.fixture
def community(site: SiteUnderTest) -> str:
    """Create a community and return its address."""

    def make(request: Any) -> None:
        item = content.create("community", request, title="海棠花园")
        content.add(request.site["communities"], item, request, name="haitang")

    site.run(make)
    return "/communities/haitang"


@pytest.fixture
def voting(site: SiteUnderTest, moved_clock: MovedClock) -> Assembly:
    """Return the small community in the middle of its vote, by the Shenzhen rules."""
    return Assembly(site, moved_clock).open()
