"""A site with the plugin switched on and a small community."""

from fractions import Fraction
from functools import cache

from content_types.unit import person_token
from portal import accounts, content, sections
from portal.security import Role
from tests.functional.conftest import PASSWORD, SiteUnderTest

# The example of the standard (MF-6.2.2.a) and one unit of another building.
UNITS = (
    ("1栋", "1单元", "101", 9_550),
    ("1栋", "1单元", "102", 12_000),
    ("1栋", "2单元", "101", 8_800),
    ("2栋", "", "A01", 10_000),
)
OWNERS = {"101": "440307199001010014", "102": "440307199001020036"}


class FundSite(SiteUnderTest):
    """A site with the community 阳光花园, its register, staff and two owners."""

    def __init__(self, folder):
        super().__init__(folder, **{"yitang.plugins": "funds"})
        self.browsers = {}
        self.scope = self.run(_community)
        for login, role in (
            ("manager", Role.FUND_MANAGER),
            ("checker", Role.FUND_CHECKER),
        ):
            make_account(self, login, (role, self.scope))
        make_account(self, "stranger", kind="owner")
        for room, number in OWNERS.items():
            account_id = make_account(self, f"owner-{room}", (Role.OWNER, self.scope), kind="owner")
            self.run(lambda request, r=room, n=number, a=account_id: _bind(request, r, n, a))

    def as_(self, login):
        """Return the browser of somebody, logged in once."""
        if login not in self.browsers:
            self.browsers[login] = self.logged_in(login)
        return self.browsers[login]

    def book(self, look):
        """Return what a function finds in the book."""
        return self.run(lambda request: look(community_of(request)["funds"].book))


@cache
def password_hash():
    """Return the stored form of PASSWORD; computing it is slow on purpose."""
    account = accounts.Account()
    accounts.set_password(account, PASSWORD)
    return account.password


def make_account(site, login, *grants, kind="staff"):
    """Create an account with PASSWORD and roles; returns its id."""

    def make(request):
        account = request.site.accounts.create(request.vault, login=login, kind=kind)
        account.password = password_hash()
        for role, scope in grants:
            accounts.grant(account, role, scope)
        return account.id

    return site.run(make)


def community_of(request):
    """Return the community of the tests."""
    return request.site["communities"]["sunshine"]


def _community(request):
    community = content.create("community", request, title="阳光花园")
    content.add(request.site["communities"], community, request, name="sunshine")
    buildings = sections.add_section(community, "buildings", "楼盘表", request)
    for title in ("1栋", "2栋"):
        building = content.create("building", request, title=title)
        content.add(buildings, building, request, name=f"b{title[0]}")
    for title, entrance, room, area in UNITS:
        unit = buildings[f"b{title[0]}"].add_unit(entrance, room, request)
        unit.exclusive_area = area
    return community.scope_id


def _bind(request, room, number, account_id):
    unit = community_of(request)["buildings"]["b1"].find("1单元", room)
    owner = {
        "name": "张三丰",
        "id_kind": "resident_id",
        "id_number": number,
        "share": Fraction(1),
        "phone": "",
        "registered_on": None,
    }
    unit.write(request.vault, {}, [owner])
    unit.bind(account_id, person_token(request.vault, number))
