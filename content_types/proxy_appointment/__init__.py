"""Proxy appointment (委托书): an owner lets somebody vote for him in one meeting (SZ-20, SZ-N6)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from content_types.sealed_pictures import Picture
from portal.content import ContentItem, content_type
from portal.security import Permission

# States in which an appointment counts against the number a proxy may accept (SZ-N6.1).
STANDING = frozenset(("offered", "accepted"))
PURPOSE = "proxy-document"


@content_type("proxy_appointment", workflow="proxy_appointment")
class ProxyAppointment(ContentItem):
    """Lies in its meeting; ``creator`` appoints, ``addressee`` is the account of the proxy.

    Persons are the tokens of the owner registers. The document and its file are sealed; what
    the file says is fixed by its digests.
    """

    access = {Permission.EDIT: (), Permission.DELETE: ()}  # noqa: RUF012 - constant of the class

    title = ""
    addressee = ""
    appointor = ""
    proxy = ""
    matters: tuple[str, ...] = ()  # names of motions; empty means all of them
    until: datetime | None = None
    sealed_document = b""
    file: Any = None  # the sealed PDF
    sha256 = ""
    sm3 = ""
    paper: Picture | None = None  # the signed paper, where that was shown instead
    accepted_at: datetime | None = None
    cancelled_at: datetime | None = None

    def document(self, vault: Any) -> dict[str, str]:
        """Return the text of the document by field; only for the parties and the convenor."""
        return dict(json.loads(vault.open(self.sealed_document, f"{PURPOSE}:{self.sha256}")))

    def waits_for(self, account: Any) -> bool:
        """Say whether an account is asked to answer it; papers wait for the convenor."""
        return self.paper is None and account.id == self.addressee

    def search_text(self) -> str:
        """Return nothing: it is found by its parties, not by full text."""
        return ""
