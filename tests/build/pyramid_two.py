"""What `test_pyramid_two.py` runs on Pyramid 2: log in and add one object."""

import sys
from pathlib import Path

import pyramid

from tests.functional.conftest import SiteUnderTest

folder, where = (Path(argument) for argument in sys.argv[1:])
assert Path(pyramid.__file__).is_relative_to(where), pyramid.__file__
site = SiteUnderTest(folder)
site.make_account("anna", ("administrator", "site"))
anna = site.logged_in("anna")
form = anna.get("/offices/add/office").forms["form"]
form["title"] = "翠竹街道办事处"
page = form.submit("save", status=303).follow()
assert page.html.h1.text.strip() == "翠竹街道办事处"
site.browser().get("/offices/")
site.drain()
site.close()
