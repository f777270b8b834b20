"""Deposit sheet (交存清单): one file of deposits, prepared by one person and booked by another."""

from typing import Any

from portal import clock, content, files
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Transitioned
from portal.files import StoredFile
from portal.workflow import guard, on_transition
from yitang_funds import telling
from yitang_funds.deposits import Preview, book_deposits, preview
from yitang_funds.fund import Fund, community_of, fund_of
from yitang_funds.register import places_of

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


@content_type("deposit_sheet", workflow="deposit_sheet")
class DepositSheet(ContentItem):
    """Keeps the file as it came; what is booked is read from it again."""

    title = ""
    stored: StoredFile | None = None
    # Set when the sheet is booked.
    booked_count = 0
    booked_fen = 0
    first_number = ""
    last_number = ""

    def preview(self) -> Preview:
        """Return what booking would do at this moment."""
        units = {place.key: place.code for place in places_of(community_of(self))}
        data = self.stored.read()
        return preview(fund_of(self).book, data, self.stored.filename, units, clock.now())


def add_sheet(fund: Fund, data: bytes, filename: str, request: Any) -> DepositSheet:
    """Keep an uploaded sheet for the second person to check.

    Raises PortalError when it is no sheet with the wanted columns; wrong rows are shown, not
    raised.
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()[-120:]
    media_type = MEDIA_TYPES.get(name.rsplit(".", 1)[-1].lower())
    if media_type is None:
        raise PortalError("funds.error.sheet_type", field="file", accepted=", ".join(MEDIA_TYPES))
    units = {place.key: place.code for place in places_of(community_of(fund))}
    preview(fund.book, data, name, units, clock.now())
    sheet = content.create("deposit_sheet", request, title=name)
    sheet.stored = files.keep(data, name, media_type, request)
    content.add(fund, sheet, request, name=f"deposits-{content.next_name(fund)}")
    return sheet


@guard("another_person_books")
def another_person_books(sheet: DepositSheet, request: Any) -> bool:
    """Who prepared the sheet does not book it (MF-8.1.1.a)."""
    return request.account_id not in ("", sheet.creator)


@on_transition("deposit_sheet.book")
def book_sheet(event: Transitioned) -> None:
    """Book every new row, or none (MF-5.2.1-2.b)."""
    sheet = event.item
    fund = fund_of(sheet)
    vouchers = book_deposits(
        fund.book, sheet.preview(), maker=sheet.creator, checker=event.actor, now=clock.now()
    )
    if vouchers:
        sheet.first_number, sheet.last_number = vouchers[0].number, vouchers[-1].number
        fund.anchor(event.request)
        telling.promise(fund, vouchers, event.request)
    sheet.booked_count = len(vouchers)
    sheet.booked_fen = -sum(voucher.entries[-1].amount_fen for voucher in vouchers)
