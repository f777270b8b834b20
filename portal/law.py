"""The law the site computes by (适用规则): profiles, their names in both languages, calendar.

Files come from the package and from the folder ``law`` of the site's data, so that a city is added
without touching the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from pyramid.i18n import Translations, make_localizer
from pyramid.interfaces import ILocalizer, ITranslationDirectories

import workflows
from portal import i18n
from portal.errors import ConfigurationError
from portal.law_table import rows
from portal.rules.days import Calendar, load_calendar
from portal.rules.motion_template import load_templates
from portal.rules.pinned import Pinned, unpin
from portal.rules.profile import Profile
from portal.rules.profile_files import load_profiles
from portal.rules.strict import read_yaml
from portal.security import lineage

# Names a profile may invent; those of the keys and of closed lists stand in the catalogue.
OPEN_LISTS = (
    *("profile.", "matter.", "convenor.", "refusal.", "extension.cause."),
    *("law.documents.", "law.item.", "law.method.", "law.rule."),
)


def includeme(config: Any) -> None:
    """Load profiles, calendar years and templates of motions."""
    own = config.registry.settings["yitang"].data / "law"
    folders = (Path(workflows.__file__).parent, own)
    config.registry.profiles = profiles_of(folder / "profiles" for folder in folders)
    years = [load_calendar(folder / "calendars").years for folder in folders]
    config.registry.calendar = Calendar({**years[0], **years[1]})
    config.registry.motion_templates = [
        file for folder in folders for file in load_templates(folder / "templates")
    ]
    config.add_request_method(
        lambda request: calendar_at(request.site, request.registry), "calendar", reify=True
    )


def rules_at(place: Any, registry: Any) -> Profile:
    """Return the rules of the meeting, community or office a place lies in or under.

    Where there is none, or the communities of an office differ, the standard holds.
    """
    for one in lineage(place):
        if hasattr(one, "rules"):
            return one.rules(registry)
        above = getattr(one, "scope_parent", None)
        if above is not None:
            return rules_at(above, registry)
    return standard(registry)


def standard(registry: Any) -> Profile:
    """Return the rules that hold where no place has rules of its own."""
    return next(one for one in registry.profiles.values() if one.status == "standard")


@lru_cache(maxsize=64)
def frozen(pinned: Pinned) -> Profile:
    """Return the profile that a meeting keeps; raises as `portal.rules.pinned.unpin`."""
    return unpin(pinned, _kept("later_keys"), _kept("gone_keys"))


@cache
def _kept(name: str) -> Any:
    return read_yaml(Path(workflows.__file__).parent / "kept" / f"{name}.yaml")


def profiles_of(folders: Iterable[Path]) -> dict[str, Profile]:
    """Return the profiles of all folders by id; an id that stands twice stops the start-up."""
    found: dict[str, Profile] = {}
    for folder in folders:
        for name, profile in load_profiles(folder).items():
            if name in found:
                raise ConfigurationError(f"{folder}/{name}.yaml: another profile has this id.")
            found[name] = profile
    return found


def calendar_at(place: Any, registry: Any) -> Calendar:
    """Return the working days that hold at a place: shipped years and those loaded on the site."""
    *_, site = lineage(place)
    loaded = {number: one.year for number, one in site.calendar_years.items()}
    return Calendar({**registry.calendar.years, **loaded}) if loaded else registry.calendar


def join_texts(registry: Any) -> None:
    """Add the profiles' own names to the catalogue, when every folder of texts is known.

    ConfigurationError names what has no name in a language.
    """
    directories = registry.queryUtility(ITranslationDirectories, default=[])
    for language, short in (("zh_CN", "zh"), ("en", "en")):
        localizer = make_localizer(language, directories)
        texts = _texts_of(registry.profiles.values(), short, localizer)
        localizer.translations.add(_translations(texts, language))
        registry.registerUtility(localizer, ILocalizer, name=language)
        for profile in registry.profiles.values():
            _check_names(profile, localizer)


def _texts_of(profiles: Iterable[Profile], language: str, localizer: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for profile in profiles:
        for key, text in profile.texts.items():
            wanted = getattr(text, language)
            known = found.get(key) or localizer.translate(i18n.message(key))
            if known not in (key, wanted):
                raise ConfigurationError(f"{profile.id}.texts.{key}: named already as {known!r}.")
            found[key] = wanted
    return found


def _translations(texts: dict[str, str], language: str) -> Translations:
    catalogue, out = Catalog(locale=language, domain=i18n.DOMAIN), BytesIO()
    for key, text in texts.items():
        catalogue.add(key, text)
    write_mo(out, catalogue)
    out.seek(0)
    return Translations(out, i18n.DOMAIN)


def _check_names(profile: Profile, localizer: Any) -> None:
    def say(message_id: str, **values: Any) -> str:
        text = str(localizer.translate(i18n.message(message_id, **values)))
        if text == message_id and message_id.startswith(OPEN_LISTS):
            raise ConfigurationError(f"{profile.id}.texts.{message_id}: missing key")
        return text

    say(f"profile.{profile.id}")
    rows(profile, say)
