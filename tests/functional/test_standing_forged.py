"""What the page that checks packages does with a package that only pretends to be of this site."""

import json

import pytest

from portal.evidence.canonical import canonical
from portal.evidence.standing import standing_of
from tests.unit.evidence.sample import package, reseal, unpack


@pytest.mark.clause("EV-8.4.1")
@pytest.mark.parametrize(
    "name",
    ["-" * 300_000, "a-" * 100_000, 7, None, ["x"], {"a": 1}],
    ids=["hyphens", "parts", "number", "nothing", "list", "record"],
)
def test_package_with_an_absurd_name_of_a_meeting_is_of_no_meeting_here(site, name):
    files = unpack(package(full=False))
    result = next(one for one in files if one.endswith("-result.json"))
    data = reseal({**files, result: canonical(json.loads(files[result]) | {"meeting": name})})
    assert site.run(lambda request: standing_of(data, request)) == ""
