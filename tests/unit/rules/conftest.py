"""Profiles and calendar as shipped."""

from pathlib import Path

import pytest

from portal.rules.days import load_calendar
from portal.rules.profile_files import load_profiles

WORKFLOWS = Path(__file__).resolve().parents[3] / "workflows"


@pytest.fixture(scope="session")
def calendar():
    return load_calendar(WORKFLOWS / "calendars")


@pytest.fixture(scope="session")
def profiles():
    return load_profiles(WORKFLOWS / "profiles")


@pytest.fixture(scope="session")
def shenzhen(profiles):
    return profiles["shenzhen-draft-2019"]


@pytest.fixture(scope="session")
def beijing(profiles):
    return profiles["beijing-2019"]


@pytest.fixture(scope="session")
def generic(profiles):
    return profiles["generic"]
