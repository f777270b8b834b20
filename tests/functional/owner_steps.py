"""What an owner does in a browser, for the tests of accounts."""

from __future__ import annotations

from typing import Any

PHONE = "13800138001"
PASSWORD = "a long enough phrase"


def code_sent(site: Any, phone: str = PHONE, nth: int = 0) -> str:
    """Return the code of the newest dispatch to a number, as the operator's outbox shows it."""
    from portal import notify

    def look(request: Any) -> list[str]:
        return [
            notify.text_of(request, dispatch)["values"].get("code", "")
            for dispatch in request.site.messages.dispatches()
            if dispatch.category == "code" and notify.address_of(request, dispatch, "sms") == phone
        ]

    return site.run(look)[nth]


def codes_sent(site: Any) -> int:
    """Return how many codes left or wait to leave the house."""
    return site.run(
        lambda request: sum(d.category == "code" for d in request.site.messages.dispatches())
    )


def ask_code(browser: Any, path: str, phone: str = PHONE, status: int = 303) -> Any:
    """Ask for a code for a number."""
    form = browser.get(path).forms["form"]
    form["phone"] = phone
    return form.submit("save", status=status)


def enter_code(page: Any, code: str, status: int = 303) -> Any:
    """Enter a code on its page."""
    form = page.forms["form"]
    form["code"] = code
    return form.submit("save", status=status)


def prove_number(site: Any, browser: Any, path: str, phone: str = PHONE) -> Any:
    """Ask for a code and enter it; returns the page after it."""
    page = ask_code(browser, path, phone).follow()
    return enter_code(page, code_sent(site, phone)).follow()


def register(site: Any, phone: str = PHONE, password: str = PASSWORD) -> Any:
    """Register a number and return its browser."""
    browser = site.browser()
    page = prove_number(site, browser, "/register", phone)
    form = page.forms["form"]
    form["password"] = password
    form["consent"].checked = True
    form.submit("save", status=303)
    return browser


def verify(
    browser: Any, name: str, id_number: str, id_kind: str = "resident_id", status: int = 303
) -> Any:
    """Fill in the page of identity."""
    form = browser.get("/me/identity").forms["form"]
    form["name"], form["id_kind"], form["id_number"] = name, id_kind, id_number
    form["consent"].checked = True
    return form.submit("save", status=status)
