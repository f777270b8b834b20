"""Steps of importing a register, shared by the tests of the import and of its pages."""

import csv
import io
import json
from pathlib import Path

from python_calamine import CalamineWorkbook
from webtest import Upload

DATA = Path(__file__).resolve().parents[2] / "data"
FACTS = json.loads((DATA / "register-facts.json").read_text("utf-8"))


def upload(browser, community, name="register-clean.xlsx", data=None):
    page = browser.get(f"{community}/owners/import")
    form = next(form for form in page.forms.values() if form.enctype == "multipart/form-data")
    form["file"] = Upload(name, (DATA / name).read_bytes() if data is None else data)
    return form.submit(expect_errors=True)


def decide(page, choice):
    form = page.forms["decide-form"]
    form["choice"] = choice
    return form.submit(status=303)


def delete_form(page):
    """Return the form that is not part of the page's frame."""
    frame = ("/preferences", "/logout")
    return next(form for form in page.forms.values() if not form.action.startswith(frame))


def totals(site):
    def look(request):
        register = request.site["communities"]["haitang"]["owners"]
        return register.totals, register.revision, sum(1 for _ in register.units())

    return site.run(look)


def small_register():
    """Return the first rows of the clean register as CSV."""
    book = CalamineWorkbook.from_path(DATA / "register-clean.xlsx")
    out = io.StringIO(newline="")
    csv.writer(out).writerows(book.get_sheet_by_index(0).to_python()[1:20])
    return out.getvalue().encode()


def import_small(site, browser, community):
    page = upload(browser, community, "small.csv", small_register()).follow()
    decide(page, "good")
    site.drain()


def import_clean(site, browser, community):
    page = upload(browser, community).follow()
    page = decide(page, "good").follow()
    site.drain()
    return browser.get(page.request.path)
