"""Bad input for forms the large corpus does not reach: the service desk and signed sheets."""

from __future__ import annotations

import pytest

from tests.functional import bad_input
from tests.functional.test_bad_input import told
from tests.functional.test_service import DESK, file_one, haitang, step
from tests.functional.test_signed_sheets import assembly, hand_over

__all__ = ["assembly", "haitang"]
# WebOb leaves the closing of the file a large body was spooled to to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def faults(browser, person, page):
    """Send the corpus to every form of a page but those of all pages; returns what went wrong."""
    here = bad_input.forms_on(browser.get(page), person, page)
    found, forms = [], [form for form in here if "/communities/" in form.action]
    assert forms, page
    for form in forms:
        for label, arguments in bad_input.attempts(form):
            answer = browser.post(form.action, status="*", **arguments)
            where = (person, form.action, label, answer.status_int)
            if answer.status_int >= 500:
                found.append((*where, "fails"))
            if bad_input.SCRIPT in answer.text or bad_input.RUN in answer.text:
                found.append((*where, "lets input run"))
            if answer.status_int >= 400 and not told(answer):
                found.append((*where, "says nothing"))
    return found


@pytest.mark.clause("v5.0.0-2.2.1")
def test_forms_of_the_service_desk_refuse_bad_input_with_a_message(haitang):
    anna, service = haitang.logged_in("anna"), haitang.logged_in("service")
    path = file_one(anna).location.removeprefix("http://localhost")
    step(service, path, "take")
    found = faults(service, "service", path)
    for page in ("new", "rate"):
        found += faults(anna, "anna", DESK + page)
    assert found == []
    texts = [
        row for row in service.get(DESK + "requests.csv").text.splitlines() if "<script" in row
    ]
    assert all("<script" not in service.get(path).text for _ in texts)


@pytest.mark.clause("v5.0.0-2.2.1")
def test_signed_sheets_refuse_bad_files_and_odd_addresses(assembly):
    convenor, street = (assembly.site.logged_in(name) for name in ("convenor", "street"))
    assert faults(convenor, "convenor", assembly.path + "submit-sheets") == []
    assert assembly.look(lambda m: m.signed_sheets) == ()
    hand_over(assembly)
    for tail in ("", "1", "1/", "0/units_sheet", "2/units_sheet", "1/nothing", *bad_input.TAILS):
        assert street.get(f"{assembly.path}signed-sheet/{tail}", status="*").status_int in (
            403,
            404,
        )
    token = street.get("/me").html.select_one("input[name=csrf_token]")["value"]
    for tail in ("", "0", "2", "9999999", *bad_input.TAILS):
        address = f"{assembly.path}receive-sheets/{tail}"
        assert street.post(address, {"csrf_token": token}, status="*").status_int in (404, 409)
    assert assembly.look(lambda m: m.signed_sheets[0].received_at) is None
