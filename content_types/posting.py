"""Posting (张贴): the evidence that a notice hangs in the area (SZ-29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import colander

from portal import clock, files
from portal.errors import PortalError
from portal.forms import Field, FormSchema, LocalDateTime, LocalDateTimeWidget, Upload, UploadWidget
from portal.i18n import message
from portal.law import rules_at


@dataclass(frozen=True)
class Posting:
    """Where, when and by whom a notice was posted, with the photo's file id."""

    place: str
    posted_at: datetime
    photo_id: str
    by: str
    noted_at: datetime


class PostingSchema(FormSchema):
    """What the convenor enters, with a photo of the notice on the board."""

    place = Field(
        colander.String(),
        title=message("posting.field.place"),
        validator=colander.Length(max=120),
        data_class="public",
    )
    posted_at = Field(
        LocalDateTime(),
        title=message("posting.field.posted_at"),
        widget=LocalDateTimeWidget(),
        data_class="public",
    )
    photo = Field(
        Upload(),
        title=message("posting.field.photo"),
        widget=UploadWidget(accept="image/jpeg,image/png"),
        data_class="internal",
    )

    def validator(self, node: colander.SchemaNode, values: dict[str, object]) -> None:
        """Refuse a posting in the future."""
        if values["posted_at"] > clock.now():  # type: ignore[operator]
            error = colander.Invalid(node)
            error["posted_at"] = message("posting.future")
            raise error


def take(values: dict[str, Any], holder: Any, request: Any) -> Posting:
    """Keep the photo with the holder and return the evidence.

    Raises PortalError when the photo is not a picture.
    """
    upload = values["photo"]
    photo = holder.attach(files.store(upload.file, upload.filename, request))
    if photo.media_type not in files.IMAGES:
        clause = rules_at(holder, request.registry).physical_posting.clause
        raise PortalError("posting.no_picture", field="photo", clause=clause)
    now = clock.now()
    return Posting(values["place"], values["posted_at"], photo.id, request.account_id, now)
