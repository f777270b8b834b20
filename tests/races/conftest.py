"""Fixtures that are shared with the functional tests."""

from tests.functional.conftest import moved_clock

__all__ = ["moved_clock"]
