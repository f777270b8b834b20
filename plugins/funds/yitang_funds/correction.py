"""Correction (更正): one person asks to take a voucher back, another posts the reversal (红字)."""

from typing import Any

import colander
from deform.widget import TextAreaWidget
from pyramid.view import view_config

from portal import workflow
from portal.content import ContentItem, content_type
from portal.errors import PortalError
from portal.events import Added, Transitioned
from portal.forms import Field, FormSchema
from portal.i18n import message
from portal.security import Permission
from portal.workflow import guard, on_transition
from yitang_funds import telling
from yitang_funds.fund import fund_of
from yitang_funds.pages import TEMPLATES
from yitang_funds.permissions import FundPermission
from yitang_funds.posting import reversal
from yitang_funds.voucher_views import voucher_row


class CorrectionSchema(FormSchema):
    """Which voucher is wrong, and why."""

    voucher_number = Field(
        colander.String(),
        title=message("correction.field.voucher_number"),
        description=message("correction.field.voucher_number_help"),
        validator=colander.Length(max=20),
        data_class="public",
    )
    reason = Field(
        colander.String(),
        title=message("correction.field.reason"),
        widget=TextAreaWidget(rows=3),
        validator=colander.Length(max=200),
        data_class="public",
    )


@content_type(
    "correction",
    schema=CorrectionSchema,
    workflow="correction",
    addable_to=("fund_book",),
    add_permission=FundPermission.CORRECT,
)
class Correction(ContentItem):
    """The wrong voucher stays in the book; the reversal stands after it."""

    voucher_number = ""
    reason = ""

    @property
    def title(self) -> str:
        """The number of the wrong voucher."""
        return self.voucher_number

    @property
    def seq(self) -> int:
        """The sequence of the wrong voucher; raises PortalError when there is none."""
        seq = fund_of(self).book.seq_of(self.voucher_number)
        if seq is None:
            raise PortalError(
                "funds.error.voucher_unknown",
                clause="MF-5.2.1-5.c",
                field="voucher_number",
                number=self.voucher_number,
            )
        return seq


def check_correction(event: Added) -> None:
    """Refuse a correction of a voucher that does not exist or is taken back already."""
    if event.item.content_type_name == "correction":
        require_correctable(event.item)


def require_correctable(correction: Correction) -> None:
    """Raise PortalError unless the voucher can be taken back."""
    book = fund_of(correction).book
    voucher = book.voucher(correction.seq)
    values = {"clause": "MF-5.2.1-5.c", "field": "voucher_number", "number": voucher.number}
    if voucher.kind == "reversal":
        raise PortalError("funds.error.reversal_of_reversal", **values)
    if voucher.seq in book.reversed:
        raise PortalError("funds.error.already_reversed", **values)


@guard("another_person_corrects")
def another_person_corrects(correction: Correction, request: Any) -> bool:
    """Who asked for the correction does not post it (MF-8.1.1.a)."""
    return request.account_id not in ("", correction.creator)


@on_transition("correction.post")
def post_reversal(event: Transitioned) -> None:
    """Post the opposite amounts; a drawdown that was paid so counts as cancelled."""
    correction, request = event.item, event.request
    require_correctable(correction)
    fund, seq = fund_of(correction), correction.seq
    draft = reversal(
        fund.book, seq, correction.reason, maker=correction.creator, checker=event.actor
    )
    telling.promise(fund, [fund.post(draft, request)], request)
    for item in fund.values():
        if item.content_type_name == "drawdown" and item.voucher_seq == seq:
            workflow.transition(item, "take_back", request, correction.reason, system=True)


@view_config(
    context=Correction,
    renderer=f"{TEMPLATES}/correction.pt",
    permission=Permission.VIEW.value,
)
def show_correction(context: Correction, request: Any) -> dict[str, Any]:
    """Show the wrong voucher, the reason and the next step."""
    fund = fund_of(context)
    reversed_by = fund.book.reversed.get(context.seq)
    return {
        "item": context,
        "fund": fund,
        "voucher": voucher_row(fund.book.voucher(context.seq)),
        "reversed_by": voucher_row(fund.book.voucher(reversed_by)) if reversed_by else None,
        "actions": workflow.possible(context, request),
    }
