"""The helpers of the browser tests wait for the page that a press leads to."""

import pytest
from browsing import log_in
from webob import Request, Response

pytestmark = pytest.mark.browser

# The way to the next page begins a moment after the press, as it does on a busy machine.
FORM = """<!DOCTYPE html><title>log in</title>
<form id="form" method="post" onsubmit="setTimeout(() => this.submit(), 300); return false">
<input name="login"><input name="password"><button name="save">go</button></form>"""


def slow_site(environ, start_response):
    """Answer with a log-in that leads to another page."""
    request = Request(environ)
    if request.method == "POST":
        answer = Response(status=303, location="/me")
    else:
        answer = Response(FORM if request.path == "/login" else "<title>me</title>")
    return answer(environ, start_response)


def test_log_in_waits_for_the_page_behind_it(serve, open_page):
    base, page = serve(slow_site), open_page(390)
    log_in(page, base, "anna", "secret")
    assert page.url == f"{base}/me"
