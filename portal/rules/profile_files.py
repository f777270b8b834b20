"""Reading a jurisdiction profile (读取规则): whole and free of contradictions, or not at all."""

from pathlib import Path
from typing import Any

from portal.rules.contradictions import contradictions
from portal.rules.errors import ProfileError
from portal.rules.profile import Profile
from portal.rules.strict import build, digest_of, read_yaml


def parse_profile(data: Any, path: str = "profile") -> Profile:
    """Build a profile from plain data; ProfileError names an unknown, missing or wrong key."""
    profile: Profile = build(Profile, data, path)
    for problem_path, problem in contradictions(profile):
        raise ProfileError(f"{path}.{problem_path}", problem)
    return profile


def load_profile(path: Path) -> Profile:
    """Load one profile file, whose stem must be the profile's id."""
    profile = parse_profile(read_yaml(path), path.stem)
    if profile.id != path.stem:
        raise ProfileError(f"{path.stem}.id", f"the file holds {profile.id!r}")
    return profile


def load_profiles(directory: Path) -> dict[str, Profile]:
    """Load every profile of ``directory`` by id."""
    profiles = [load_profile(path) for path in sorted(directory.glob("*.yaml"))]
    return {profile.id: profile for profile in profiles}


def digest(profile: Profile) -> str:
    """Return the SHA-256 of the profile's canonical JSON; any change of a rule changes it."""
    return digest_of(profile)
