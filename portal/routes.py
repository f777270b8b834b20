"""Addresses that are not places of the tree (地址): everything else is traversal."""

from __future__ import annotations

from typing import Any

ROUTES = (
    ("login", "/login"),
    ("login_code", "/login/code"),
    ("login_second", "/login/second"),
    ("logout", "/logout"),
    ("register", "/register"),
    ("register_code", "/register/code"),
    ("register_password", "/register/password"),
    ("reset", "/reset"),
    ("reset_code", "/reset/code"),
    ("reset_password", "/reset/password"),
    ("setup", "/setup/{token}"),
    ("password", "/me/password"),
    ("reauthenticate", "/me/again"),
    ("devices", "/me/devices"),
    ("second_factor", "/me/second"),
    ("profile", "/me/profile"),
    ("phone", "/me/phone"),
    ("phone_code", "/me/phone/code"),
    ("notifications", "/me/notifications"),
    ("own_data", "/me/data.json"),
    ("close", "/me/close"),
    ("consents", "/me/consents"),
    ("verify_identity", "/me/identity"),
    ("identity_proof", "/me/identity/proof"),
    ("bind", "/me/bind"),
    ("unbind", "/me/unbind"),
    ("convenor_request", "/me/convenor"),
    ("me", "/me"),
    ("votes", "/votes"),
    ("messages", "/messages"),
    ("message", "/messages/{message_id}"),
    ("outbox", "/outbox"),
    ("audit_log", "/audit"),
    ("protection", "/protection"),
    ("sbom", "/protection/sbom.json"),
    ("audit_csv", "/audit.csv"),
    ("accounts", "/accounts"),
    ("account_new", "/accounts/new"),
    ("account", "/accounts/{account_id}"),
    ("queue", "/queue"),
    ("cockpit", "/cockpit"),
    ("search", "/search"),
    ("preferences", "/preferences"),
    ("verify", "/verify"),
    ("verify_script", "/verify/verify.py"),
    ("entry", "/entry"),
    ("help", "/help"),
    ("help_page", "/help/{page}"),
    ("policies", "/policies"),
    ("law", "/law"),
    ("law_compare", "/law/compare"),
    ("law_preview", "/law/preview"),
    ("calendars", "/law/calendars"),
    ("calendar_load", "/law/calendars/load"),
    ("law_clause", "/law/clause/{clause:.+}"),
    ("law_profile", "/law/{profile}"),
    ("health", "/healthz"),
)


def includeme(config: Any) -> None:
    """Name the routes; their views are found by the scan."""
    for name, pattern in ROUTES:
        config.add_route(name, pattern)
