"""The whole chain with real processes: device, broker, ingest, portal, work order."""

import pytest

from portal import content
from tests.functional.conftest import SiteUnderTest
from yitang_facilities import registry, simulator
from yitang_facilities.ingest import now_ms
from yitang_facilities.simulator import Incident, Member, SimulatedDevice


@pytest.fixture
def portal(site):
    portal = SiteUnderTest(site.paths.var, **{"yitang.plugins": "facilities"})
    yield portal
    portal.close()


def community(request):
    item = content.create("community", request, title="湖畔花园")
    content.add(request.site["communities"], item, request, name="hupan")
    return item.scope_id


@pytest.mark.services
@pytest.mark.clause("PM-7.7.1-a", "PM-6.1.1-d")
def test_published_fault_becomes_a_work_order_without_a_hand(site, portal):
    site.start_broker()
    portal.make_account("eng", ("engineer", portal.run(community)))
    engineer = portal.logged_in("eng")
    form = engineer.get("/communities/hupan/facilities/devices/add/device").forms["form"]
    form["title"], form["kind"], form["place"] = "A电梯", "lift", "1幢"
    page = form.submit("save", status=303).follow()
    path = page.request.path
    rule = engineer.get(f"{path}fault/edit").forms["form"]
    rule["on_delay"] = "0"
    rule.submit("save", status=303)
    credential = next(f for f in page.forms.values() if f.action.endswith("/credential")).submit()
    shown = [line.text for line in credential.html.select("dl.facts dd")]
    code, password = shown[1], shown[2]
    portal.drain()
    site.start_ingest()
    member = Member(code, "lift", "hupan", password)
    device = SimulatedDevice(member, now_ms(), [Incident("lift", "fault", 1, after=0, lasts=60)])
    device.connect("127.0.0.1", site.port)

    def ordered():
        device.measure(now_ms())
        portal.drain()
        page = engineer.get("/communities/hupan/facilities/orders")
        return "A电梯：电梯故障" in page

    try:
        site.wait_for(ordered, 30)
        page = engineer.get(path)
        assert "在线" in page
        assert page.html.find("polyline")
        assert "数据完整率" in page
    finally:
        device.close()


def test_demo_site_gives_its_first_community_a_fleet_with_credentials(tmp_path):
    portal = SiteUnderTest(tmp_path, **{"yitang.plugins": "facilities", "yitang.demo": "true"})
    try:
        portal.run(community)
        portal.drain()
        portal.drain()

        def codes(request):
            place = request.site["communities"]["hupan"]["facilities"]["devices"]
            return {device.code: device.kind for device in place.values()}

        paths = simulator.Paths(tmp_path)
        fleet = simulator.read_fleet(simulator.fleet_file(paths))
        assert {member.code: member.kind for member in fleet} == portal.run(codes)
        assert set(registry.read(paths.registry).devices) == {member.code for member in fleet}
        assert simulator.fleet_file(paths).stat().st_mode & 0o077 == 0
    finally:
        portal.close()
