"""Choosing a password (设置密码): one schema and one way to show what is typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import colander
from deform.widget import PasswordWidget, TextInputWidget

from portal import accounts, i18n
from portal.forms import Field

SHOW = "show"


def password_widget(request: Any, autocomplete: str = "new-password") -> Any:
    """Return the control: hidden as usual, or readable when the person asked to see it."""
    if request.GET.get(SHOW) == "1":
        return TextInputWidget(attributes={"autocomplete": autocomplete, "spellcheck": "false"})
    return PasswordWidget(autocomplete=autocomplete)


def password_field(name: str = "password", title: str = "account.field.new_password") -> Field:
    """Return the field of a new password; its rule is told before it is broken."""
    return Field(
        colander.String(),
        name=name,
        title=i18n.message(title),
        description=i18n.message("account.password_rule", least=accounts.MIN_PASSWORD),
        validator=colander.Length(max=accounts.MAX_PASSWORD * 2),
        data_class="secret",
    )


def show_link(request: Any) -> dict[str, Any]:
    """Return the link that shows or hides the password; script does the same without loading."""
    shown = request.GET.get(SHOW) == "1"
    query = {key: value for key, value in request.GET.items() if key != SHOW}
    if not shown:
        query[SHOW] = "1"
    url = request.path + (f"?{urlencode(query)}" if query else "")
    return {"url": url, "shown": shown}
