"""Addresses that are not places of the tree (地址): everything else is traversal."""

from __future__ import annotations

from typing import Any

ROUTES = (
    ("login", "/login"),
    ("logout", "/logout"),
    ("register", "/register"),
    ("register_code", "/register/code"),
    ("reset", "/reset"),
    ("reset_code", "/reset/code"),
    ("setup", "/setup/{token}"),
    ("password", "/me/password"),
    ("reauthenticate", "/me/again"),
    ("devices", "/me/devices"),
    ("verify_identity", "/me/identity"),
    ("bind", "/me/bind"),
    ("convenor_request", "/me/convenor"),
    ("me", "/me"),
    ("votes", "/votes"),
    ("messages", "/messages"),
    ("message", "/messages/{message_id}"),
    ("outbox", "/outbox"),
    ("queue", "/queue"),
    ("search", "/search"),
    ("preferences", "/preferences"),
    ("verify", "/verify"),
    ("verify_script", "/verify/verify.py"),
    ("help", "/help"),
    ("help_page", "/help/{page}"),
    ("policies", "/policies"),
    ("health", "/healthz"),
)


def includeme(config: Any) -> None:
    """Name the routes; their views are found by the scan."""
    for name, pattern in ROUTES:
        config.add_route(name, pattern)
