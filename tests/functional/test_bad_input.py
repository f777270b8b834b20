"""Bad input everywhere: every page and form refuses it with a message and changes nothing.

What is tried stands in tests/functional/bad_input.py; pages and forms are found by themselves.
"""

import pytest
from webob import Request

from portal import clock, type_registry
from portal.edge import MAX_FIELDS
from tests.functional import bad_input, bad_world
from tests.functional.conftest import START, MovedClock, SiteUnderTest
from tests.functional.owner_steps import ask_code

# WebOb leaves the closing of the file a large body was spooled to to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
SETTINGS = {
    "yitang.limits": "off",
    "yitang.identity.face": "off",
    "yitang.plugins": "funds facilities",
}
# Types no test object is made of; their plugins try them on their own.
OF_PLUGINS = ("yitang_funds", "yitang_facilities")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    source = MovedClock(START)
    clock.set_clock(source)
    site = SiteUnderTest(tmp_path_factory.mktemp("site"), **SETTINGS)
    world = bad_world.World(site, source)
    # On their way through several pages: one who registers, one who forgot the password.
    for name, path in (("registering", "/register"), ("forgetful", "/reset")):
        world.browsers[name] = site.browser()
        ask_code(world.browsers[name], path, "13900139000" if path == "/reset" else "13900139001")
    yield world
    site.close()
    clock.set_clock(None)


@pytest.fixture(scope="module")
def crawl(world):
    return bad_input.Crawl(world)


def faults(world, where, response, before):
    """Return what is wrong with an answer to bad input; what was accepted is undone."""
    found, changed = [], world.last() != before
    if response.status_int >= 500:
        found.append("fails")
    if bad_input.SCRIPT in response.text or bad_input.RUN in response.text:
        found.append("lets input run")
    if response.status_int >= 400 and not told(response):
        found.append("says nothing")
    if response.status_int >= 400 and changed and not bad_input.COUNTS_REFUSALS.match(where[1]):
        found.append("changes something")
    if changed:
        world.back_to(before)
    return [(*where, response.status_int, fault) for fault in found]


def told(response):
    """Say whether an answer says what is wrong."""
    if response.content_type == "text/html":
        words = "[role=alert], .error-page .lead, .field__error, .notice--danger"
        return response.html.select_one(words)
    return response.json["detail"]


def test_site_under_test_holds_every_type_that_has_pages(world):
    kinds = {type(item) for item in world.site.run(lambda r: list(bad_world.walk(r.site)))}
    names = {
        cls.__name__
        for cls in type_registry.TYPES.values()
        if cls not in kinds and not cls.__module__.startswith(OF_PLUGINS)
    }
    assert names <= {
        "Unit",
        "Section",
        "RegisterImport",
        "RegisterCorrection",
        "ConvenorRequest",
        "OfficeRequest",
        "Appraisal",
        "Organiser",
        "CommunityApplication",
    }


def test_no_page_fails_for_anybody(crawl):
    assert len(crawl.opened) > 100
    assert crawl.failed == []


@pytest.mark.clause("v5.0.0-3.5.3")
def test_opening_pages_changes_nothing(crawl):
    assert crawl.changed == []


@pytest.mark.clause("v5.0.0-2.2.1", "v5.0.0-1.1.1")
def test_every_form_refuses_bad_input_with_a_message_and_no_change(world, crawl):
    assert len(crawl.forms) > 40
    found = []
    for form in crawl.forms.values():
        for label, arguments in bad_input.attempts(form):
            before = world.last()
            with world.same_cookies(form.person) as browser:
                response = browser.post(form.action, status="*", **arguments)
            found += faults(world, (form.person, form.action, label), response, before)
    assert found == []


@pytest.mark.clause("v5.0.0-3.5.1")
def test_no_form_is_taken_without_its_own_token(world, crawl):
    for form in crawl.forms.values():
        if form.action == "/preferences" and form.person == "":
            # A visitor's look lies in his own browser; `test_shared_pages` asks for the others.
            continue
        kept = [pair for pair in form.controls if pair[0] != "csrf_token"]
        for label, controls in (
            ("no token", kept),
            ("wrong token", [*kept, ("csrf_token", "0" * 40)]),
            ("odd token", [*kept, ("csrf_token", "é\u4e00")]),
        ):
            before = world.last()
            with world.same_cookies(form.person) as browser:
                response = browser.post(form.action, controls, status="*")
            assert response.status_int == 400, (form.action, label, response.status)
            assert world.last() == before
            assert told(response)


def test_what_only_takes_orders_refuses_senseless_ones(world, crawl):
    tokens = {form.person: form.token() for form in crawl.forms.values()}
    found = []
    for number, address in enumerate(world.orders()):
        for person in ("anna", "convenor", "street"):
            text = list(bad_input.TEXTS.values())[number % len(bad_input.TEXTS)]
            before = world.last()
            with world.same_cookies(person) as browser:
                controls = [*tokens[person], ("comment", text), ("transition", text)]
                response = browser.post(address, controls, status="*")
            found += faults(world, (person, address, text[:20]), response, before)
    assert found == []


def test_odd_addresses_are_refused_below_every_object(world):
    for base in world.objects():
        for tail in bad_input.TAILS:
            before = world.last()
            response = world.browsers["convenor"].get(base + tail, status="*")
            assert response.status_int < 500, (base, tail)
            assert response.status_int >= 400 or "+" in response.request.path, (base, tail)
            assert world.last() == before


@pytest.mark.clause("v5.0.0-15.3.7")
def test_odd_queries_break_no_page(world):
    queries = bad_input.QUERIES
    for number, address in enumerate(world.addresses()):
        for step in range(2):
            query = queries[(2 * number + step) % len(queries)]
            before = world.last()
            response = world.browsers["convenor"].get(f"{address}?{query}", status="*")
            assert response.status_int < 500, (address, query)
            assert world.last() == before or address.startswith(bad_input.NOTED), (address, query)
            assert "evil.example" not in response.headers.get("Location", ""), (address, query)


def test_other_methods_change_nothing(world):
    methods = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD")
    for number, address in enumerate(world.addresses()):
        method = methods[number % len(methods)]
        before = world.last()
        response = world.browsers["convenor"].request(address, method=method, status="*")
        assert response.status_int < 500, (method, address)
        assert world.last() == before or address.startswith(bad_input.NOTED), (method, address)


def test_form_that_is_too_large_is_refused(world):
    body = b"title=" + b"x" * MAX_FIELDS
    response = world.browsers[""].post("/login", body, status=413)
    assert told(response)


@pytest.mark.clause("v5.0.0-1.1.1")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_address_that_is_no_utf8_is_refused(world, method):
    for path in ("/\xff", "/communities/\xc3", "/static/\xff", "/api/v1/\xff", "/me/\xed\xa0\x80"):
        request = Request.blank("/", method=method, environ={"PATH_INFO": path})
        response = request.get_response(world.site.app)
        assert response.status_int == 400, path
        assert response.json["detail"]
