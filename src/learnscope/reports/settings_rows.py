"""Settings as rows of a table: the value, the default, and whether they differ."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticUndefined

from learnscope.experiment import Experiment
from learnscope.settings import Settings

_NOT_SETTINGS = {"name", "title"}
NO_DEFAULT = "no default"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingRow:
    """One setting.

    Attributes:
        path: the dotted path, as a flag takes it.
        value: as text.
        default: the default of this kind as text, `NO_DEFAULT` where the setting has none.
        differs: whether the value is not the default.
    """

    path: str
    value: str
    default: str
    differs: bool


def setting_rows(experiment: Experiment) -> list[SettingRow]:
    """Return all settings of an experiment but its name and title."""
    return [row for row in _rows(experiment, "") if row.path not in _NOT_SETTINGS]


def _rows(settings: Settings, prefix: str) -> Iterator[SettingRow]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        default = field.get_default(call_default_factory=True, validated_data={})
        path = f"{prefix}{name}"
        if isinstance(value, Settings):
            yield from _inner(value, default, path)
        elif _is_list_of_settings(value):
            for i, item in enumerate(value):
                yield from _inner(item, PydanticUndefined, f"{path}.{i}")
        elif name != "kind":
            yield _row(path, value, default)


def _inner(value: Settings, default: Any, path: str) -> Iterator[SettingRow]:
    kind = value.kind_name()
    if kind is not None:
        # The inner settings are compared with the defaults of the kind that was chosen.
        usual = default.kind_name() if isinstance(default, Settings) else None
        yield SettingRow(path=path, value=kind, default=usual or NO_DEFAULT, differs=kind != usual)
    elif not isinstance(default, Settings):
        yield SettingRow(path=path, value="given", default="none", differs=True)
    yield from _rows(value, f"{path}.")


def _is_list_of_settings(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Settings)


def _row(path: str, value: Any, default: Any) -> SettingRow:
    known = default is not PydanticUndefined
    return SettingRow(
        path=path,
        value=text_of(value),
        default=text_of(default) if known else NO_DEFAULT,
        differs=not known or value != default,
    )


def text_of(value: Any) -> str:
    """Return a value as a reader would type it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ", ".join(text_of(v) for v in value) or "none"
    return value if isinstance(value, str) else json.dumps(value, default=str)
