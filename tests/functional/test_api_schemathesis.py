"""The OpenAPI document against the application: made-up requests, good and bad."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from portal import clock
from tests.functional.api_client import Client
from tests.functional.assembly import Assembly
from tests.functional.conftest import START, MovedClock, SiteUnderTest

# Names that lead somewhere; a made-up name is unknown nearly always.
NAMES = {"community": "haitang", "meeting": "2026-001", "announcement": "2026-001"}
# What these take is judged by more than its form: the law, the kinds of content, the file.
RULED = {"ballots.cast", "search.run", "verify.check", "proxies.appoint"}
EXAMPLES = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Door:
    """The document and who knocks."""

    def __init__(self, site):
        self.schema = schemathesis.openapi.from_wsgi(
            "/api/v1/openapi.json", site.app, config=SchemathesisConfig(seed=1)
        )
        self.tokens = {"stranger": {}, "owner": Client(site, "anna").headers}
        self.tokens["convenor"] = Client(site, "convenor").headers


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    source = MovedClock(START)
    clock.set_clock(source)
    site = SiteUnderTest(tmp_path_factory.mktemp("site"), **{"yitang.limits": "off"})
    Assembly(site, source).open()
    yield Door(site)
    site.close()
    clock.set_clock(None)


def ask(operation, mode, headers):
    """Send made-up requests of one kind to one operation and check every answer."""
    ruled = operation.definition.raw["operationId"] in RULED
    excluded = [positive_data_acceptance] if ruled else []

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        if mode is GenerationMode.POSITIVE:
            names = case.path_parameters.items()
            case.path_parameters = {name: NAMES.get(name, value) for name, value in names}
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    send()


@pytest.mark.clause("v5.0.0-2.2.1")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("person", ["stranger", "owner", "convenor"])
def test_every_operation_answers_as_the_document_says(door, person, mode):
    operations = [found.ok() for found in door.schema.get_all_operations()]
    for operation in operations:
        ask(operation, mode, door.tokens[person])
    assert len(operations) > 20
