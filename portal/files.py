"""Attachments (附件): checked on arrival, kept as blobs, never rendered in the site's context."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

from BTrees.OOBTree import OOBTree
from cryptography.hazmat.primitives import hashes
from persistent import Persistent
from PIL import Image
from pyramid.response import Response
from ZODB.blob import Blob

from portal import clock, scanner
from portal.errors import PortalError

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PIXELS = 60_000_000
ENCRYPTED = 0x1  # of the flags of an archive's entry
# What may come in: ending → (media type, first bytes). Everything else is refused by name.
ACCEPTED = {
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    "txt": ("text/plain; charset=utf-8", b""),
}
IMAGES = frozenset(("image/jpeg", "image/png"))


class StoredFile(Persistent):
    """One attachment with its digests; the bytes are a blob."""

    id = ""
    filename = ""
    media_type = ""
    size = 0
    sha256 = ""
    sm3 = ""
    title = ""
    uploaded_by = ""
    uploaded_at: datetime | None = None
    blob: Any = None

    def read(self) -> bytes:
        """Return the bytes."""
        with self.blob.open("r") as file:
            return file.read()


class FileHolder:
    """Mixin for content that carries attachments."""

    _files: Any = None

    def files(self) -> list[StoredFile]:
        """Return the attachments in the order they came."""
        found = () if self._files is None else self._files.values()
        return sorted(found, key=lambda one: (one.uploaded_at, one.id))

    def file(self, file_id: str) -> StoredFile | None:
        """Return one attachment or None."""
        return None if self._files is None else self._files.get(file_id)

    def attach(self, stored: StoredFile) -> StoredFile:
        """Add an attachment."""
        if self._files is None:
            self._files = OOBTree()
        self._files[stored.id] = stored
        return stored

    def detach(self, file_id: str) -> None:
        """Remove an attachment that is not yet bound by publication."""
        if self._files is not None:
            self._files.pop(file_id, None)


def store(stream: BinaryIO, filename: str, request: Any, *, title: str = "") -> StoredFile:
    """Check an upload by ending, first bytes, size and a full open, and keep it as a blob.

    Raises PortalError naming what is wrong. Pictures are re-encoded, which drops hidden data.
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()[:120] or "file"
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in ACCEPTED:
        raise PortalError(
            "file.type_refused",
            field="upload",
            clause="v5.0.0-5.2.2",
            name=name,
            accepted=", ".join(sorted(ACCEPTED)),
        )
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PortalError(
            "file.too_large", field="upload", clause="v5.0.0-5.2.1", most=MAX_BYTES // 2**20
        )
    media_type, magic = ACCEPTED[ending]
    if not data or not data.startswith(magic):
        raise PortalError("file.content_differs", field="upload", clause="v5.0.0-5.2.2", name=name)
    scanner.check_upload(data, name, request)
    data = _opened(data, media_type, name)
    return keep(data, name, media_type, request, title=title)


def keep(data: bytes, name: str, media_type: str, request: Any, *, title: str = "") -> StoredFile:
    """Keep bytes the portal made itself, without the checks of an upload."""
    stored = StoredFile()
    stored.id = secrets.token_hex(8)
    stored.filename, stored.media_type, stored.size = name, media_type, len(data)
    stored.sha256 = hashlib.sha256(data).hexdigest()
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(data)
    stored.sm3 = sm3.finalize().hex()
    stored.title = title or name
    stored.uploaded_by = request.account_id or "system"
    stored.uploaded_at = clock.now()
    stored.blob = Blob(data)
    return stored


def respond(
    stored: StoredFile, *, inline_images: bool = True, data: bytes | None = None
) -> Response:
    """Answer with the file: pictures may show in a page, everything else is a download.

    ``data`` replaces the stored bytes where these lie sealed.
    """
    kind = "inline" if inline_images and stored.media_type in IMAGES else "attachment"
    body = stored.read() if data is None else data
    response = Response(body=body, content_type=stored.media_type.split(";")[0])
    response.headers["Content-Disposition"] = disposition(stored.filename, kind)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    response.etag = hashlib.sha256(body).hexdigest()[:32]
    return response


def store_upload(upload: Any, field: str, request: Any) -> StoredFile:
    """Keep what was uploaded in a field of a form as `store` does; PortalErrors name the field."""
    try:
        return store(upload.file, upload.filename, request)
    except PortalError as error:
        error.field = field
        raise


def disposition(filename: str, kind: str = "attachment") -> str:
    """Return a Content-Disposition value safe for any name (RFC 6266, RFC 8187)."""
    clean = "".join(c for c in filename if c.isprintable() and c not in '"\\/;\u202e\u202d')
    plain = clean.encode("ascii", "ignore").decode() or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean)}"


def _opened(data: bytes, media_type: str, name: str) -> bytes:
    if media_type in IMAGES:
        try:
            with Image.open(BytesIO(data)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise PortalError("file.picture_too_large", field="upload", name=name)
                out = BytesIO()
                picture.convert("RGB").save(out, "JPEG" if media_type == "image/jpeg" else "PNG")
                return out.getvalue()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise PortalError("file.unreadable", field="upload", name=name) from None
    if media_type.startswith("application/vnd"):
        try:
            with ZipFile(BytesIO(data)) as archive:
                infos = archive.infolist()
                unpacked = sum(info.file_size for info in infos)
                macros = any("vbaProject" in info.filename for info in infos)
                locked = any(info.flag_bits & ENCRYPTED for info in infos)
        except (BadZipFile, ValueError):
            raise PortalError("file.unreadable", field="upload", name=name) from None
        if unpacked > MAX_UNPACKED or len(infos) > 10_000 or macros or locked:
            raise PortalError("file.unsafe", field="upload", clause="v5.0.0-5.2.3", name=name)
    if media_type.startswith("text/"):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise PortalError("file.unreadable", field="upload", name=name) from None
    return data
