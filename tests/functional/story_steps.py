"""What the people of the story do in their browsers, and what one looks up below the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from python_calamine import CalamineWorkbook
from webtest import TestApp, Upload

from tests.functional.world import photo

DATA = Path(__file__).resolve().parents[1] / "data"
PASSWORD = "a long enough phrase"
# The first community and the first meeting of a year are numbered.
HOME = "/communities/haitang-huayuan/"
MEETING = f"{HOME}meetings/2026-001/"
OPENS, CLOSES = "2026-06-20T09:00", "2026-07-01T18:00"
CO_OWNED, SINGLE = "1栋1单元104", "1栋1单元102"


def at(text: str) -> datetime:
    """Return an instant given as Shanghai wall time."""
    from portal import clock

    return datetime.fromisoformat(text).replace(tzinfo=clock.SITE_ZONE).astimezone(UTC)


def buttons(page: Any) -> set[str]:
    """Return the steps a page offers as buttons."""
    return {f.action.rsplit("/", 1)[1] for f in page.forms.values() if "/step/" in f.action}


def press(browser: TestApp, path: str, step: str, comment: str = "", status: int = 303) -> Any:
    """Take a step by the button that the page shows for it."""
    page = browser.get(path)
    form = next(f for f in page.forms.values() if f.action.endswith(f"/step/{step}"))
    if "comment" in form.fields:
        form["comment"] = comment
    return form.submit(status=status)


def blocked(page: Any) -> str:
    """Return what a page says about the steps that are not possible now."""
    return " ".join(words.get_text(" ") for words in page.html.select(".action__blocked"))


def insist(browser: TestApp, path: str, step: str) -> Any:
    """Send off a step that the page does not offer; it must be refused."""
    token = browser.get(path).html.find("input", {"name": "csrf_token"})["value"]
    return browser.post(f"{path}step/{step}", {"csrf_token": token}, status=422)


def fill(browser: TestApp, path: str, status: int = 303, **values: Any) -> Any:
    """Fill in the form of a page and send it off."""
    form = browser.get(path).forms["form"]
    for name, value in values.items():
        form[name] = value
    return form.submit("save", status=status)


def post_and_press(browser: TestApp, step: str, posted_at: str) -> None:
    """See the meeting's step refused without a posting, enter the posting and take the step."""
    assert "张贴" in blocked(browser.get(MEETING))
    assert "张贴" in insist(browser, MEETING, step).text
    values = {"place": "南门公告栏", "posted_at": posted_at, "upload": picture()}
    fill(browser, f"{MEETING}posting", **values)
    press(browser, MEETING, step)


def picture(name: str = "posted.jpg") -> Upload:
    """Return a photo as a form takes it."""
    return Upload(name, photo(), "image/jpeg")


def pdf() -> bytes:
    """Return a small document."""
    out = BytesIO()
    Image.new("RGB", (40, 30), (255, 255, 255)).save(out, "PDF")
    return out.getvalue()


def holders(unit: str) -> list[dict[str, str]]:
    """Return the owners of a unit such as ``1栋1单元104`` as the register's sheet names them."""
    return [person for person in sheet() if person["unit"] == unit]


def sheet() -> list[dict[str, str]]:
    """Return the lines of the clean register."""
    book = CalamineWorkbook.from_path(DATA / "register-clean.xlsx")
    return [
        {"unit": f"{row[1]}{row[2]}{row[3]}", "name": row[7], "number": row[9], "phone": row[12]}
        for row in book.get_sheet_by_index(0).to_python()[2:]
    ]


def captioned(table, words):
    """Say whether a table's caption begins with words."""
    return table.caption is not None and table.caption.get_text(strip=True).startswith(words)


def heads_of(page):
    """Return the first motion's heads by option, as its page says."""
    table = next(t for t in page.html.select("table") if captioned(t, "得票"))
    return [
        (row.th.get_text(strip=True), next(row.td.stripped_strings))
        for row in table.select("tbody tr")
    ]


class Story:
    """The site of the story with its clock; every person has one browser, opened at need."""

    def __init__(self, site: Any, clock: Any) -> None:
        self.site, self.clock = site, clock
        self.browsers: dict[str, TestApp] = {}
        self.notes: dict[str, Any] = {}
        self.phones: dict[str, str] = {}

    @cached_property
    def anybody(self) -> TestApp:
        """A browser of somebody who has no account."""
        return self.site.browser()

    def log_in(self, login: str) -> TestApp:
        """Log somebody in again, as is needed after days: staff by name, owners by number."""
        self.browsers[login] = self.site.logged_in(self.phones.get(login, login), PASSWORD)
        return self.browsers[login]

    def until(self, text: str) -> None:
        """Let the time pass and the clock do its work."""
        self.clock.to(at(text))
        self.site.drain()

    def look(self, function: Callable[[Any, Any], Any]) -> Any:
        """Return ``function(community, request)``, read below the pages."""
        return self.site.run(
            lambda request: function(request.site["communities"]["haitang-huayuan"], request)
        )

    def meeting(self, function: Callable[[Any], Any]) -> Any:
        """Return ``function(meeting)``, read below the pages."""
        return self.look(lambda community, _request: function(community["meetings"]["2026-001"]))

    def received(self, login: str) -> list[str]:
        """Return the kinds of message in somebody's inbox, read below the pages."""

        def read(request: Any) -> list[str]:
            account = request.site.accounts.find(request.vault, login)
            return [message.template_id for message in request.site.messages.inbox(account.id)]

        return self.site.run(read)

    def settle_the_others(self) -> int:
        """Let every owner who has a mobile number be verified and bound; returns the bindings.

        Below the pages, because registering a thousand people by forms proves nothing more.
        """
        from content_types.owner_register.binding import bind_unit
        from portal import clock

        def settle(request: Any, codes: list[str]) -> int:
            community = request.site["communities"]["haitang-huayuan"]
            done = 0
            for code in codes:
                unit = community["owners"].unit(code)
                for holder in unit.holders:
                    phone = unit.holder_phone(request.vault, holder.person)
                    if unit.unsold or unit.bindings or not phone.isdigit():
                        continue
                    account = request.site.accounts.find(request.vault, phone)
                    if account is None:
                        account = request.site.accounts.create(
                            request.vault, phone=phone, kind="owner"
                        )
                        account.subject_token = holder.person
                        account.verified_at = clock.now()
                    if account.subject_token == holder.person:
                        bind_unit(request, account, unit)
                        done += 1
            return done

        codes = self.look(lambda community, _r: [u.code for u in community["owners"].units()])
        return sum(
            self.site.run(lambda request, part=codes[start : start + 200]: settle(request, part))
            for start in range(0, len(codes), 200)
        )

    def cast_the_others(self, choose: Callable[[Any, int], list[str]], most: int) -> int:
        """Cast ballots of rights that are unused, by ``cast()`` itself; returns how many.

        Below the pages for speed; the pages of a cast are proven before.
        """
        from content_types.meeting.casting import cast

        def act(request: Any, pairs: list[tuple[str, str]], first: int) -> None:
            meeting = request.site["communities"]["haitang-huayuan"]["meetings"]["2026-001"]
            for number, (key, account_id) in enumerate(pairs, first):
                choices = {m.__name__: choose(m, number) for m in meeting.motions()}
                cast(meeting, key, choices, request, account_id=account_id)

        def free(community: Any, _request: Any) -> list[tuple[str, str]]:
            box = community["meetings"]["2026-001"].ballot_box
            found = {}
            for unit in community["owners"].units():
                right = box.roll.right_of(unit.code)
                if right is not None and unit.bindings and not box.slots[right.key].is_cast:
                    found.setdefault(right.key, unit.bindings[0].account_id)
            return list(found.items())

        pairs = self.look(free)[:most]
        for start in range(0, len(pairs), 50):
            self.site.run(
                lambda request, start=start: act(request, pairs[start : start + 50], start)
            )
        return len(pairs)
