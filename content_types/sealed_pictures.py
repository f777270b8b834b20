"""Pictures of documents (证件材料): checked like every upload, kept sealed, dropped in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from portal import audit, clock, files
from portal.errors import PortalError
from portal.forms import Field, Upload, UploadWidget
from portal.i18n import message

IMAGES = ".jpg,.jpeg,.png"
PAPERS = f"{IMAGES},.pdf"
PDF = "application/pdf"
MOST_LOOKS = 50


@dataclass(frozen=True)
class Picture:
    """One picture: what it shows, the digest of what was sealed, and the sealed file or None."""

    kind: str
    sha256: str
    media_type: str
    stored: Any


class PictureHolder:
    """Mixin for a request that carries sealed pictures until it is decided and they are due."""

    pictures: tuple[Picture, ...] = ()
    pictures_until: datetime | None = None  # set by the decision; None while it is open
    pictures_gone_at: datetime | None = None

    def picture(self, kind: str) -> Picture | None:
        """Return a picture that still exists, or None."""
        return next((one for one in self.pictures if one.kind == kind and one.stored), None)

    def keep_pictures(self, days: int) -> None:
        """Note until when the pictures are kept after a decision."""
        self.pictures_until = clock.now() + timedelta(days=days)

    def drop_pictures(self, request: Any, reason: str) -> None:
        """Delete the pictures; kinds and digests stay as proof of what was shown."""
        if any(one.stored for one in self.pictures):
            self.pictures = tuple(replace(one, stored=None) for one in self.pictures)
            self.pictures_gone_at = clock.now()
            audit.record(request, "pictures.drop", self, reason=reason)


def picture_field(name: str, title: str, *, accept: str = IMAGES, required: bool = True) -> Field:
    """Return an upload field; a phone offers its camera for it."""
    extra = {} if required else {"missing": None}
    return Field(
        Upload(),
        name=name,
        title=message(title),
        description=message(f"{title}_help"),
        widget=UploadWidget(accept=accept),
        data_class="sensitive",
        **extra,
    )


def take(upload: Any, owner: str, kind: str, request: Any, *, pdf: bool = False) -> Picture:
    """Check an upload and seal it for ``owner``; raises PortalError at the field ``kind``."""
    seen = files.store_upload(upload, kind, request)
    if seen.media_type not in files.IMAGES and not (pdf and seen.media_type == PDF):
        raise PortalError("on_site.no_picture", clause="EV-5.3.3", field=kind)
    data = request.vault.seal_bytes(seen.read(), _purpose(owner, kind))
    stored = files.keep(data, f"{kind}.sealed", seen.media_type, request)
    return Picture(kind, seen.sha256, seen.media_type, stored)


def asked(item: PictureHolder, request: Any) -> Picture:
    """Return the picture that ``picture/<kind>`` asks for; raises HTTPNotFound when it is gone."""
    found = item.picture(request.subpath[0]) if request.subpath else None
    if found is None:
        raise HTTPNotFound
    return found


def rows(item: Any, layout: Any, area: str, *, opens: bool) -> list[tuple[str, str, str]]:
    """Return title, address or nothing, and digest of an item's pictures for its page."""
    return [
        (
            layout.translate(f"{area}.field.{one.kind}"),
            layout.url(item, "picture", one.kind) if opens and one.stored else "",
            one.sha256[:16],
        )
        for one in item.pictures
    ]


def send(picture: Picture, owner: str, item: Any, request: Any) -> Response:
    """Answer with an opened picture; every look goes to the audit log (EV-5.3.3)."""
    audit.record(request, "pictures.view", item, picture=picture.kind)
    data = opened(picture, owner, request.vault)
    ending = ending_of(picture)
    kind = "attachment" if picture.media_type == PDF else "inline"
    response = Response(body=data, content_type=picture.media_type)
    response.headers["Content-Disposition"] = files.disposition(f"{picture.kind}.{ending}", kind)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


def opened(picture: Picture, owner: str, vault: Any) -> bytes:
    """Return the bytes of a picture that still exists."""
    return bytes(vault.open_bytes(picture.stored.read(), _purpose(owner, picture.kind)))


def ending_of(picture: Picture) -> str:
    """Return the ending of the picture's file name."""
    return "pdf" if picture.media_type == PDF else "jpg"


def looks(item: Any, layout: Any) -> list[tuple[str, str, str]]:
    """Return who looked at an item's pictures, from the audit log: time, role, which picture.

    For the person the pictures are of; the log names accounts, the page only roles.
    """
    request = layout.request
    place = request.resource_path(item).rstrip("/")
    found = audit.entries(request, path=place, action="pictures.view", limit=MOST_LOOKS)
    return [
        (
            layout.time(datetime.fromisoformat(entry["at"])),
            layout.actor(entry["actor"]),
            entry["detail"]["picture"],
        )
        for entry in found
    ]


def _purpose(owner: str, kind: str) -> str:
    # Bound to request and kind, so that no picture can be shown as another one.
    return f"picture:{owner}:{kind}"
