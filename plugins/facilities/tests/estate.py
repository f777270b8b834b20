"""A community with its engineers and devices, for tests of pages."""

from datetime import timedelta

from portal import clock, content
from yitang_facilities.message import encode_reading
from yitang_facilities.paths import Paths
from yitang_facilities.pipeline import Pipeline
from yitang_facilities.telemetry import TelemetryStore

PEOPLE = {
    "eng": ("engineer",),
    "eng2": ("engineer",),
    "con": ("convenor",),
    "own": ("owner",),
    "both": ("engineer", "convenor"),
    "svc": ("service_staff",),
    "stranger": (),
}


class Estate:
    """A new community with its people on the one site of this module."""

    def __init__(self, site, moved_clock, name):
        self.site, self.clock, self.name = site, moved_clock, name
        self.paths = Paths(site.folder)
        self.run, self.drain = site.run, site.drain
        self.home = f"/communities/{name}/facilities"
        self.run(self._community)
        self.engineer = self.logged_in("eng")

    def _community(self, request):
        community = content.create("community", request, title="湖畔花园")
        content.add(request.site["communities"], community, request, name=self.name)
        for login, roles in PEOPLE.items():
            account = request.site.accounts.find(request.vault, login)
            account.grants = tuple((role, community.scope_id) for role in roles)

    def logged_in(self, login):
        """Return a browser of somebody; logging in is slow, so a fresh log-in is used again."""
        browser, since = self.site.browsers.get(login, (None, None))
        if browser is None or self.clock.instant - since > timedelta(minutes=5):
            browser = self.site.logged_in(login)
            self.site.browsers[login] = browser, self.clock.instant
        return browser

    def register(self, title="1号水箱", kind="water-level"):
        page = self.engineer.get(f"{self.home}/devices/add/device")
        form = page.forms["form"]
        form["title"], form["kind"], form["place"] = title, kind, "3幢地下泵房"
        page = form.submit("save", status=303).follow()
        self.drain()
        return page.request.path

    def code(self, path):
        def look(request):
            return request.site["communities"][self.name]["facilities"]["devices"][
                path.rstrip("/").rpartition("/")[2]
            ].code

        return self.run(look)

    def feed(self, code, readings, point="level"):
        """Send readings (seconds after now, value) through the ingest pipeline."""
        store = TelemetryStore(self.paths.telemetry)
        start = int(clock.now().timestamp() * 1000)
        pipeline = Pipeline(store, self.paths.registry, lambda: int(clock.now().timestamp() * 1000))
        pipeline.refresh()
        topic = f"c/{self.name}/d/{code}/t"
        for number, (second, value) in enumerate(readings):
            payload = encode_reading(number, start + second * 1000, {point: value})
            pipeline.process([(topic, payload)])
        store.close()

    def listed(self, section):
        def look(request):
            place = request.site["communities"][self.name]["facilities"][section]
            return [(item.__name__, item.workflow_state) for item in place.values()]

        return self.run(look)

    def step(self, browser, path, name, comment="", status=303):
        token = browser.get(path).html.find("input", {"name": "csrf_token"})["value"]
        return browser.post(
            f"{path.rstrip('/')}/step/{name}",
            {"csrf_token": token, "comment": comment},
            status=status,
        )
