"""Strict loading of rule files into frozen dataclasses (严格加载)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from portal.rules.errors import ProfileError

# libyaml reads ten times as fast; a PyYAML built without it does the same slowly.
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(SafeLoader):  # type: ignore[valid-type, misc]
    """Refuse a mapping that names a key twice; plain YAML silently keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise ProfileError(str(node.start_mark.name), f"duplicate key {key!r}")
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path) -> Any:
    """Return the plain data of one YAML file; a duplicate key or bad syntax is a ProfileError."""
    try:
        with path.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, OSError) as error:
        raise ProfileError(str(path), str(error)) from error


def parse_yaml(text: str) -> Any:
    """Return the plain data of a YAML text; bad syntax is a `yaml.YAMLError`."""
    return yaml.load(text, Loader=SafeLoader)  # noqa: S506 - a SafeLoader


def build(kind: Any, data: Any, path: str) -> Any:
    """Build ``kind`` (dataclass, tuple, dict, Literal, scalar or union) from plain data.

    Every key must be known and present; the error names the path of the offending key.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _build_union(arguments, data, path)
    if origin is Literal:
        return _build_literal(arguments, data, path)
    if origin is tuple:
        return _build_tuple(arguments, data, path)
    if origin is dict:
        return _build_dict(arguments, data, path)
    if is_dataclass(origin or kind):
        return _build_dataclass(origin or kind, arguments, data, path)
    return _build_date(data, path) if kind is date else _build_scalar(kind, data, path)


def _build_union(kinds: tuple[Any, ...], data: Any, path: str) -> Any:
    if data is None:
        if NoneType in kinds:
            return None
        raise ProfileError(path, "must not be empty")
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    return build(kind, data, path)


def _build_tuple(arguments: tuple[Any, ...], data: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise ProfileError(path, "expected a list")
    if arguments[-1] is Ellipsis:
        return tuple(build(arguments[0], item, f"{path}[{n}]") for n, item in enumerate(data))
    if len(data) != len(arguments):
        raise ProfileError(path, f"expected {len(arguments)} items")
    return tuple(
        build(kind, item, f"{path}[{n}]")
        for n, (kind, item) in enumerate(zip(arguments, data, strict=True))
    )


def _build_dataclass(kind: Any, arguments: tuple[Any, ...], data: Any, path: str) -> Any:
    if not isinstance(data, Mapping):
        raise ProfileError(path, "expected a mapping")
    hints = get_type_hints(kind)
    parameters = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
    names = [field.name for field in fields(kind)]
    for key in data:
        if key not in names:
            raise ProfileError(f"{path}.{key}", "unknown key")
    values: dict[str, Any] = {}
    for name in names:
        if name not in data:
            raise ProfileError(f"{path}.{name}", "missing key")
        hint = hints[name]
        hint = parameters.get(hint, hint) if isinstance(hint, TypeVar) else hint
        values[name] = build(hint, data[name], f"{path}.{name}")
    return kind(**values)


def _build_literal(choices: tuple[Any, ...], data: Any, path: str) -> Any:
    if not any(type(data) is type(choice) and data == choice for choice in choices):
        raise ProfileError(path, f"{data!r} is not one of {', '.join(map(repr, choices))}")
    return data


def _build_dict(arguments: tuple[Any, ...], data: Any, path: str) -> dict[Any, Any]:
    if not isinstance(data, Mapping):
        raise ProfileError(path, "expected a mapping")
    key_kind, value_kind = arguments
    return {
        build(key_kind, key, path): build(value_kind, value, f"{path}.{key}")
        for key, value in data.items()
    }


def _build_scalar(kind: type, data: Any, path: str) -> Any:
    if type(data) is not kind:
        raise ProfileError(path, f"expected {kind.__name__}, found {data!r}")
    return data


def _build_date(data: Any, path: str) -> date:
    if type(data) is date:
        return data
    try:
        return date.fromisoformat(data)
    except (TypeError, ValueError) as error:
        raise ProfileError(path, f"expected a date, found {data!r}") from error


def as_plain(value: Any) -> Any:
    """Return a frozen rule value as JSON-ready data from which ``build`` makes it again."""
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def text_of(value: Any) -> str:
    """Return the canonical JSON of ``value``."""
    return json.dumps(as_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(value: Any) -> str:
    """Return the SHA-256 in hexadecimal of the canonical JSON of ``value``."""
    return hashlib.sha256(text_of(value).encode()).hexdigest()
