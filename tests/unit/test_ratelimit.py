"""Guessing and bombing end in 429 with the time to wait."""

import pytest
from pyramid import testing
from pyramid.httpexceptions import HTTPTooManyRequests
from webtest import TestApp

from portal import ratelimit
from portal.errors import ConfigurationError
from portal.settings import read
from portal.vault import Vault
from tests.services import free_port
from tests.unit.site_helper import close, make_registry


def make_request(config, address="203.0.113.7"):
    request = testing.DummyRequest(path="/x")
    request.registry = config.registry
    request.vault = Vault(b"k" * 32)
    request.remote_addr = address
    return request


def configured(raw):
    raw = {f"yitang.{key}": value for key, value in raw.items()}
    return testing.testConfig(settings=raw | {"yitang": read(raw)})


def hits(request, name, key, most=50):
    """Return how many hits pass before the first refusal, and its Retry-After."""
    for number in range(most):
        try:
            ratelimit.hit(request, name, key)
        except HTTPTooManyRequests as refused:
            return number, int(refused.headers["Retry-After"])
    return most, None


def test_too_many_hits_are_refused_with_the_time_to_wait():
    with configured({"limit.search": "3/hour"}) as config:
        config.include("portal.ratelimit")
        passed, wait = hits(make_request(config), "search", "a")
    assert passed == 3
    assert 0 < wait <= 3600


def test_one_person_does_not_use_up_the_tries_of_another():
    with configured({"limit.search": "2/hour"}) as config:
        config.include("portal.ratelimit")
        request = make_request(config)
        assert hits(request, "search", "a")[0] == 2
        assert hits(request, "search", "b")[0] == 2
        assert hits(request, "login", "a", most=2)[0] == 2


def test_neighbour_gets_one_code_a_minute():
    with configured({}) as config:
        config.include("portal.ratelimit")
        assert hits(make_request(config), "code", "13800138000")[0] == 1


def test_addresses_of_one_ipv6_network_count_as_one():
    with configured({"limit.login": "2/hour"}) as config:
        config.include("portal.ratelimit")
        for last in (1, 2):
            ratelimit.hit(make_request(config, f"2001:db8:1:2::{last}"), "login")
        with pytest.raises(HTTPTooManyRequests):
            ratelimit.hit(make_request(config, "2001:db8:1:2:ffff::9"), "login")
        ratelimit.hit(make_request(config, "2001:db8:1:3::1"), "login")


def test_forged_forwarding_header_does_not_change_the_address():
    with configured({"limit.login": "1/hour"}) as config:
        config.include("portal.ratelimit")
        request = make_request(config)
        ratelimit.hit(request, "login")
        request.headers["X-Forwarded-For"] = "198.51.100.1"
        with pytest.raises(HTTPTooManyRequests):
            ratelimit.hit(request, "login")


@pytest.mark.parametrize("raw", [{"limit.login": "many"}, {"limit.login": ""}])
def test_bad_limit_stops_the_start(raw):
    with configured(raw) as config, pytest.raises(ConfigurationError):
        config.include("portal.ratelimit")


def test_limits_cannot_be_off_in_production():
    raw = {"production": "true", "base_url": "https://x.example.cn", "limits": "off"}
    with configured(raw) as config, pytest.raises(ConfigurationError):
        config.include("portal.ratelimit")


def test_without_its_store_a_process_counts_for_itself():
    raw = {"limits": f"redis://127.0.0.1:{free_port()}/0", "limit.login": "2/hour"}
    with configured(raw) as config:
        config.include("portal.ratelimit")
        assert hits(make_request(config), "login", "a")[0] == 2


def test_processes_share_their_counts_in_redis(redis_url):
    raw = {"limits": redis_url, "limit.login": "4/hour"}
    with configured(raw) as one, configured(raw) as two:
        one.include("portal.ratelimit")
        two.include("portal.ratelimit")
        first, second = make_request(one), make_request(two)
        for request in (first, second, first, second):
            ratelimit.hit(request, "login", "a")
        with pytest.raises(HTTPTooManyRequests):
            ratelimit.hit(first, "login", "a")


def test_store_holds_no_phone_number(redis_url):
    import redis

    with configured({"limits": redis_url}) as config:
        config.include("portal.ratelimit")
        ratelimit.hit(make_request(config), "code", "13912345678")
    client = redis.Redis.from_url(redis_url)
    keys = client.keys("*")
    client.close()
    assert keys
    assert not any(b"13912345678" in key for key in keys)


def test_api_is_limited_and_pages_are_not():
    def site(config):
        config.include("portal.ratelimit")
        config.add_route("api", "/api/x")
        config.add_route("page", "/x")
        for route in ("api", "page"):
            config.add_view(lambda _request: {}, route_name=route, renderer="json")

    registry = make_registry(includes=[site], **{"yitang.limit.api": "2/hour"})
    try:
        app = TestApp(registry.test_app)
        for _ in range(2):
            app.get("/api/x", status=200)
        refused = app.get("/api/x", status=429)
        assert int(refused.headers["Retry-After"]) > 0
        for _ in range(5):
            app.get("/x", status=200)
    finally:
        close(registry)
