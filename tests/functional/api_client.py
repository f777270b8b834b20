"""A program that uses the JSON interface, as a mini-program would."""

from __future__ import annotations

from typing import Any

from tests.functional.conftest import PASSWORD

BASE = "/api/v1"
MEETING = "/communities/haitang/meetings/2026-001"


class Client:
    """Sends JSON with the token of its log-in and keeps no cookies of its own."""

    def __init__(self, site: Any, login: str = "", password: str = PASSWORD) -> None:
        self.browser = site.browser()
        self.headers: dict[str, str] = {}
        if login:
            answer = self.post("/session", {"login": login, "password": password}, status=201)
            self.headers = {"Authorization": f"Bearer {answer['token']}"}

    def get(self, path: str, status: int = 200, **query: str) -> Any:
        """Return the answer as plain data."""
        response = self.browser.get(BASE + path, query, headers=self.headers, status=status)
        return sound(response)

    def post(self, path: str, data: Any, status: int = 200) -> Any:
        """Send JSON and return the answer."""
        response = self.browser.post_json(BASE + path, data, headers=self.headers, status=status)
        return sound(response)

    def delete(self, path: str, status: int = 204) -> None:
        """Delete something."""
        self.browser.delete(BASE + path, headers=self.headers, status=status)


def sound(response: Any) -> Any:
    """Return the data of an answer after checking what every answer has."""
    assert response.headers["Cache-Control"] == "no-store"
    if response.status_int >= 400:
        assert response.content_type == "application/problem+json"
        assert response.json["status"] == response.status_int
        assert response.json["detail"]
        assert response.json["title"]
    else:
        assert response.content_type == "application/json"
    return response.json
