"""Dotted overrides: "model.hidden=8,8" laid over the plain data of an experiment."""

import copy
import tomllib
from collections.abc import Mapping
from typing import Any

from learnscope.errors import InputError


def apply_overrides(data: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data with each dotted path set; nothing is checked but that the path exists.

    Shorter paths are set first, and a `kind` before its neighbours, so that the order in which
    flags are given does not matter.

    Raises:
        InputError: a path leads through something that is not a table or list.
    """
    result = copy.deepcopy(dict(data))
    for path, value in sorted(overrides.items(), key=_depth):
        _set(result, path, read_value(value) if isinstance(value, str) else value)
    return result


def read_value(text: str) -> Any:
    """Read the text of a flag: a TOML value where it is one, a list at commas, else a word.

    >>> read_value("1e-2"), read_value("8,8"), read_value("relu,tanh"), read_value("adam")
    (0.01, [8, 8], ['relu', 'tanh'], 'adam')
    """
    value = _toml(text)
    if value is not _NOT_TOML:
        return value
    parts = [part.strip() for part in text.split(",") if part.strip()]
    # A comma inside brackets or quotes belongs to a formula, one after a phrase to a sentence.
    if (
        "," in text
        and parts
        and not set("(){}\"'") & set(text)
        and not any(len(p.split()) > 1 for p in parts)
    ):
        return [read_value(part) for part in parts]
    return text


def _depth(item: tuple[str, Any]) -> tuple[int, bool]:
    words = item[0].split(".")
    return len(words), words[-1] != "kind"


_NOT_TOML = object()


def _toml(text: str) -> Any:
    # A line end would let one flag smuggle in another key.
    if "\n" in text or "\r" in text:
        return _NOT_TOML
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return _NOT_TOML
    return value if isinstance(value, bool | int | float | str | list | dict) else _NOT_TOML


def _set(data: dict[str, Any], path: str, value: Any) -> None:
    words = path.split(".")
    here: Any = data
    for i, word in enumerate(words[:-1]):
        here = _step(here, word, ".".join(words[: i + 1]))
    last = words[-1]
    if last == "kind" and isinstance(here, dict) and here.get("kind") != value:
        here.clear()
    if isinstance(here, list):
        here[_index(here, last, path)] = value
    else:
        here[last] = value


def _step(here: Any, word: str, path: str) -> Any:
    key: Any = _index(here, word, path) if isinstance(here, list) else word
    if isinstance(here, dict):
        here.setdefault(key, {})
    # The short form of a kind, in a file or set by another override.
    if isinstance(here[key], str):
        here[key] = {"kind": here[key]}
    if not isinstance(here[key], dict | list):
        raise InputError(f"{path} is a value ({here[key]!r}), it has no settings of its own.")
    return here[key]


def _index(here: list[Any], word: str, path: str) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) >= len(here):
        raise InputError(f"{path}: {word!r} is not a place in a list of {len(here)} (0, 1, ...).")
    return int(word)
