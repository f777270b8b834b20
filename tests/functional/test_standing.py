"""A version under correction: every place says so, and its packages stay what they were."""

import pytest
from webtest import Upload

from content_types.meeting import packages
from content_types.meeting.evidence.notary import notary_package
from content_types.meeting.paper import closing, ledger
from content_types.meeting.paper.model import Reading
from portal.evidence.verify import verify
from tests.functional.assembly import meeting_of
from tests.functional.paper.steps import FOR, S1, S2, SEED, Round, pdf_text
from tests.unit.evidence.sample import unpack
from tests.unit.evidence.test_second_verifier import second

LEVELS = ("P0", "P1", "P2")
# What says something about the version as a whole; every other file is evidence.
ABOUT = {"README.txt", "manifest.json", "seal.json"}
AGAINST = {"2026-001": ("against",), "2026-002": ("for",), "2026-003": ("o1",)}
BINARY = {"Content-Type": "application/octet-stream"}
CORRECTING = "第 1 版结果正在更正"


class Corrected(Round):
    """A vote on paper and by phone that is counted and then corrected."""

    def play(self):
        """Let anna vote by phone, dora and fang on paper, and have everything counted."""
        self.open().appoint()
        self.act("convenor", lambda p, r: ledger.print_ballots(p, r, number=3))
        for serial, room in ((S1, "201"), (S2, "402")):
            self.hand_out(serial, self.code(room))
            self.give_back(serial)
        self.cast("anna", m1=("for",), m2=("for",), m3=("o1",))
        self.close()
        self.open_box()
        for serial in (S1, S2):
            self.both_enter(serial, FOR)
        self.finish(box=2, stock=1, spoiled=0)
        self.act("monitor", lambda p, r: closing.draw(p, SEED, r))
        for serial in (S1, S2):
            self.compare(serial, FOR)
        self.site.drain()
        return self

    def correct(self):
        """Have the entry of fang's ballot corrected; the count is not repeated yet."""
        reading = Reading(AGAINST)
        self.act("monitor", lambda p, r: closing.correct(p, p.sheets[S2], reading, "看错一项", r))

    def recount(self):
        self.step("recount")
        self.site.drain()

    def packed(self, version):
        """Return every package of a version and the one for the notary."""

        def make(request):
            meeting = meeting_of(request)
            result = meeting.results[version - 1]
            one = [packages.package(meeting, n, request.registry, result) for n in LEVELS]
            return [*one, notary_package(meeting, request, result)]

        return self.site.run(make)


@pytest.fixture
def counted(site, moved_clock):
    return Corrected(site, moved_clock).play()


def evidence(data):
    return {name: body for name, body in unpack(data).items() if name not in ABOUT}


def readme(data):
    return unpack(data)["README.txt"].decode()


def assert_verified(packs, tmp_path):
    for data in packs:
        report = verify(data)
        assert report.ok, report.text()
        assert second(tmp_path, data)[1] == 0


@pytest.mark.clause("EV-8.6.3", "EV-8.4.1")
def test_packages_of_a_version_stay_the_same_through_a_correction_on_paper(counted, tmp_path):
    before = counted.packed(1)
    assert all("更正" not in readme(data) for data in before)
    counted.correct()
    during = counted.packed(1)
    assert during == counted.packed(1)
    assert [evidence(data) for data in during] == [evidence(data) for data in before]
    for data in during:
        assert CORRECTING in readme(data)
        assert "Version 1 of the result is under correction" in readme(data)
    assert_verified(during, tmp_path)
    counted.recount()
    assert counted.look(lambda m: (m.workflow_state, m.result.version)) == ("counted", 2)
    after = counted.packed(1)
    assert [evidence(data) for data in after] == [evidence(data) for data in before]
    assert all("version 2 is not public yet" in readme(data) for data in after)
    assert_verified(after, tmp_path)
    newest = counted.packed(2)
    assert all("更正" not in readme(data) for data in newest)
    assert_verified(newest, tmp_path)


@pytest.mark.clause("EV-8.6.3")
def test_report_of_a_corrected_paper_ballot_names_exactly_the_cells_that_changed(counted):
    counted.correct()
    counted.recount()
    page = counted.site.logged_in("convenor").get(counted.path + "result-versions")
    cells = {
        row.th.get_text(): [cell.get_text() for cell in row.find_all("td")]
        for row in page.html.find_all("tr")
        if row.find("td")
    }
    # One head and 110.00 m² of fang go from for to against, and the old leaf is left out.
    motion = "续聘物业服务企业"
    assert cells == {
        f"{motion} · 同意 · 人数": ["3", "2"],
        f"{motion} · 同意 · 面积（㎡）": ["340.00", "230.00"],
        f"{motion} · 反对 · 人数": ["0", "1"],
        f"{motion} · 反对 · 面积（㎡）": ["0.00", "110.00"],
        "书面投票 · 选票": ["2 / 2", "2 / 3"],
        "未计入的选票": ["0", "1"],
    }


@pytest.mark.clause("EV-8.6.3", "EV-8.5.1")
def test_every_place_says_that_the_version_is_under_correction(counted):
    counted.publish()
    site, path = counted.site, counted.path
    anybody, street = site.browser(), site.logged_in("street")
    api = "/api/v1/communities/haitang/meetings/2026-001/result"
    told = anybody.get(api).json
    assert (told["standing"], told["standing_text"]) == ("in_force", "")
    assert "正在更正" not in anybody.get(path + "result").text
    counted.correct()
    for page in ("", "result", "evidence", "result-versions", "result.csv"):
        assert CORRECTING in anybody.get(path + page).text, page
    for page in ("result.pdf", "result-notice.pdf"):
        assert CORRECTING in pdf_text(anybody.get(path + page).body), page
    told = anybody.get(api).json
    assert (told["version"], told["standing"]) == (1, "correcting")
    assert CORRECTING in told["standing_text"]
    owner = site.logged_in("anna")
    for who, name in ((anybody, "result"), (owner, "package-P1"), (street, "package-P2")):
        assert CORRECTING in readme(who.get(f"{path}{name}.zip").body), name
    public = anybody.get(path + "result.zip").body
    assert CORRECTING in checked(anybody, public).text
    answer = anybody.post("/api/v1/verify", public, headers=BINARY).json
    assert answer["ok"]
    assert CORRECTING in answer["standing"]
    # The per-unit table still is the one of version 1.
    assert "反对" not in units(street, path, "402")
    counted.recount()
    assert "第 2 版尚未公布" in checked(anybody, public).text
    assert "第 2 版尚未公布" in anybody.get(path + "result").text
    assert "反对" in units(street, path, "402")
    counted.publish()
    assert "已由第 2 版代替" in checked(anybody, public).text
    assert anybody.get(api).json["standing"] == "in_force"
    for who, name in ((anybody, "result"), (owner, "package-P1"), (street, "package-P2")):
        old = who.get(f"{path}{name}.zip?version=1")
        assert "-v1-" in old.headers["Content-Disposition"]
        assert "replaced by version 2" in readme(old.body), name
        assert evidence(old.body) != evidence(who.get(f"{path}{name}.zip").body)
        who.get(f"{path}{name}.zip?version=3", status=404)
    links = [a["href"] for a in street.get(path + "result-versions").html.find_all("a")]
    assert f"{path}package-P2.zip?version=1" in links
    assert f"{path}package-P2.zip" in links


def checked(browser, data):
    form = next(one for one in browser.get("/verify").forms.values() if "package" in one.fields)
    form["package"] = Upload("package.zip", data)
    return form.submit()


def units(browser, path, room):
    rows = browser.get(path + "unit-results").html.find_all("tr")
    return next(row.get_text() for row in rows if room in row.get_text())
