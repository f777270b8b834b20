"""What is worked out once gives what the framework would work out each time."""

import pytest
from pyramid.exceptions import URLDecodeError
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request


@pytest.fixture
def signpost(site):
    return site.registry.getUtility(IRoutesMapper)


def test_every_route_is_found_as_the_framework_finds_it(site, signpost):
    patterns = [route.pattern for route in signpost.get_routes()]
    assert len(patterns) > 40
    filled = [pattern.replace("{", "").replace("}", "").replace("*", "") for pattern in patterns]
    others = ["/", "", "//login", "/login/", "/loginx", "/no/such", "/communities/haitang/"]
    for path in [*filled, *others]:
        request = Request.blank("/")
        request.environ["PATH_INFO"] = path
        expected = signpost._mapper(request)
        assert signpost(request) == expected, path
    assert signpost(Request.blank("/login"))["route"].name == "login"


def test_address_that_is_no_text_is_refused_as_before(signpost):
    request = Request.blank("/")
    for path in ("/login/\xff", "/\xff", "/me/\xff"):
        request.environ["PATH_INFO"] = path
        with pytest.raises(URLDecodeError):
            signpost(request)


def test_security_headers_stand_once_on_every_answer(site):
    browser = site.browser()
    for path in ("/", "/login", "/no/such", "/healthz", "/api/v1/openapi.json"):
        headers = browser.get(path, status="*").headers
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Cache-Control"):
            assert len(headers.getall(name)) == 1, (path, name)
