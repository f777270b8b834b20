"""Fund (维修资金): the place of a community's fund book."""

import secrets
from datetime import datetime
from typing import Any

import colander

from portal import audit, clock, content
from portal.content import ContentFolder, content_type
from portal.events import Added
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.outbox import periodic
from portal.security import Permission, Role, lineage
from yitang_funds import posting
from yitang_funds.book import Draft, FundBook, Voucher

NAME = "funds"
READERS = (
    Role.OWNER,
    Role.CONVENOR,
    Role.RESIDENTS_COMMITTEE,
    Role.STREET_OFFICER,
    Role.DISTRICT_OFFICER,
    Role.MUNICIPAL_OFFICER,
    Role.SUPERVISOR,
    Role.FUND_MANAGER,
    Role.FUND_CHECKER,
)


class FundSchema(FormSchema):
    """What is known of the dedicated account (专户)."""

    bank = Field(
        colander.String(),
        title=message("fund_book.field.bank"),
        validator=colander.Length(max=60),
        missing="",
        data_class="public",
    )
    account_number = Field(
        colander.String(),
        title=message("fund_book.field.account_number"),
        validator=colander.Regex(r"^[0-9 ]{8,40}$", msg=message("fund_book.account_number_wrong")),
        missing="",
        data_class="internal",
    )


@content_type("fund_book", schema=FundSchema)
class Fund(ContentFolder):
    """Holds the book, the deposit sheets and the drawdowns of one community."""

    access = {  # noqa: RUF012 - constant of the class
        Permission.VIEW: READERS,
        Permission.EDIT: (Role.FUND_MANAGER,),
        # A book is never deleted (MF-5.2.1-5.c): its community keeps it.
        Permission.DELETE: (),
    }

    title = "维修资金"
    section_name = NAME
    bank = ""
    account_number = ""
    book: FundBook

    def __init__(self) -> None:
        super().__init__()
        self.book = FundBook(secrets.token_hex(16))

    @property
    def masked_account_number(self) -> str:
        """Return the account number with its last four digits only."""
        digits = self.account_number.replace(" ", "")
        return f"{'*' * (len(digits) - 4)}{digits[-4:]}" if digits else ""

    def post(self, draft: Draft, request: Any) -> Voucher:
        """Post a draft and anchor the head of the book in the audit log."""
        voucher = posting.post(self.book, draft, clock.now())
        self.anchor(request)
        return voucher

    def anchor(self, request: Any) -> None:
        """Write the digest of the last voucher into the audit log, outside this database.

        Who rewrites a whole book, chain and all, still differs from what the log says.
        """
        audit.record(
            request,
            "fund_book.post",
            self,
            seq=self.book.last_seq,
            head=self.book.head.hex(),
        )


def fund_of(item: Any) -> Fund:
    """Return the fund that an object lies in."""
    return next(place for place in lineage(item) if isinstance(place, Fund))


def community_of(item: Any) -> Any:
    """Return the community that an object lies in."""
    return next(place for place in lineage(item) if place.content_type_name == "community")


def open_fund(community: Any, request: Any) -> Fund:
    """Create the fund of a community, or return the one that exists."""
    if NAME in community:
        return community[NAME]
    fund = content.create("fund_book", request)
    content.add(community, fund, request, name=NAME)
    return fund


def open_with_community(event: Added) -> None:
    """Give every new community its fund."""
    if event.item.content_type_name == "community":
        open_fund(event.item, event.request)


@periodic(seconds=60)
def open_missing(request: Any, now: datetime) -> None:
    """Give communities from before the plugin was switched on their fund."""
    for community in request.site["communities"].values():
        open_fund(community, request)
