"""Frozen settings: the base class of everything a user states."""

import functools
import operator
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, SupportsIndex, get_args

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from learnscope.complaints import explain
from learnscope.errors import InputError


def _whole(value: Any) -> Any:
    """Let NumPy integers pass as whole numbers; true and false are not numbers."""
    if not isinstance(value, SupportsIndex) or isinstance(value, bool):
        return value
    try:
        return value.__index__()
    except TypeError:  # an array of several numbers
        return value


def _number(value: Any) -> Any:
    """Keep NumPy's true and false from passing as 1 and 0."""
    return bool(value) if isinstance(value, np.bool) else value


Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Natural = Annotated[Whole, Field(ge=0)]
Count = Annotated[Whole, Field(ge=1)]
Seed = Annotated[Natural, Field(lt=2**32)]
"""What NumPy's legacy generators take; also exact in every JSON reader."""
Real = Annotated[float, BeforeValidator(_number), Field(strict=True)]
Positive = Annotated[Real, Field(gt=0)]
NonNegative = Annotated[Real, Field(ge=0)]
Share = Annotated[Real, Field(ge=0, lt=1)]
Flag = Annotated[bool, Field(strict=True)]


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys refused, numbers finite.

    A value that breaks a rule raises `InputError` with one sentence. Rules that join several
    fields are `model_validator(mode="after")` functions that raise `ValueError` with a text
    that begins with the field's name.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True
    )

    short_words: ClassVar[tuple[str, ...]] = ()
    """Words that are no fields, and are taken for what stands in fields."""

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(explain(error, type(self), data)) from None

    @classmethod
    def all_words(cls) -> tuple[str, ...]:
        """Return all words that these settings take: fields, and what is short for them."""
        return (*cls.model_fields, *cls.short_words)

    @classmethod
    def kind_name(cls) -> str | None:
        """Return the word that chooses this class in a table, None where it has none."""
        field = cls.model_fields.get("kind")
        return None if field is None else str(field.default)

    @model_validator(mode="before")
    @classmethod
    def _none_is_a_word(cls, data: Any) -> Any:
        # TOML has no null: "none" unsets what can be unset, unless it is a word of the field.
        given = data if isinstance(data, dict) else {}
        words = [k for k, v in given.items() if isinstance(v, str) and v == "none"]
        unset = [k for k in words if k in cls.model_fields and _takes_none(cls.model_fields[k])]
        return {**data, **dict.fromkeys(unset)} if unset else data

    def plain(self) -> dict[str, Any]:
        """Return numbers, text, lists and tables from which these settings can be made again.

        What is unset is left out, or "none" where its default is something.
        """
        data: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        _write_none(self, data)
        ordered: dict[str, Any] = _kind_first(data)
        return ordered

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        inner = handler.resolve_ref_schema(schema)
        _say_as_json_schema(inner)
        for name, field in cls.model_fields.items():
            if _takes_none(field) and field.default is not None:
                inner["properties"][name].setdefault("anyOf", []).append({"const": "none"})
        return schema

    # Marks the function as a plain constructor, so that nested settings are checked together
    # with their owner and the complaint carries the whole path (pydantic's own RootModel does
    # the same).
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def _takes_none(field: FieldInfo) -> bool:
    parts = get_args(field.annotation)
    return type(None) in parts and not any("none" in get_args(part) for part in parts)


def _kind_first(data: Any) -> Any:
    """Return plain data whose tables begin with their kind, as a reader looks for it."""
    if isinstance(data, list):
        return [_kind_first(value) for value in data]
    if not isinstance(data, dict):
        return data
    words = sorted(data, key=lambda word: word != "kind")
    return {word: _kind_first(data[word]) for word in words}


def _write_none(settings: Settings, data: dict[str, Any]) -> None:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if value is None and field.default is not None:
            data[name] = "none"
        members = value if isinstance(value, tuple) else (value,)
        inner = data.get(name) if isinstance(value, tuple) else (data.get(name),)
        for member, table in zip(members, inner or (), strict=False):
            if isinstance(member, Settings):
                _write_none(member, table)


_JSON_WORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}


def _say_as_json_schema(schema: Any) -> None:
    """Put JSON Schema's own words for limits, in place.

    Pydantic writes a limit in its own words where a validator runs before the check of the type.
    """
    parts = schema if isinstance(schema, list) else ()
    if isinstance(schema, dict):
        parts = list(schema.values())
        if schema.get("type") in {"integer", "number"}:
            for word in _JSON_WORDS.keys() & schema.keys():
                schema[_JSON_WORDS[word]] = schema.pop(word)
        if schema.get("type") == "array" and "minLength" in schema:
            schema["minItems"] = schema.pop("minLength")
    for part in parts:
        _say_as_json_schema(part)


def kinds_of(registry: Mapping[str, type[Settings]], default: str | None = None) -> Any:
    """Return the type of a field that takes any member of a registry, chosen by its `kind`.

    A word alone is a kind: "adam" is {kind = "adam"}. A table without a kind has the `default`
    one, where there is one.
    """

    def whole(value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        if default is not None and isinstance(value, Mapping) and "kind" not in value:
            return {"kind": default, **value}
        return value

    one_of_all = functools.reduce(operator.or_, registry.values())
    return Annotated[one_of_all, Discriminator("kind"), BeforeValidator(whole)]


def one_as_list(value: Any) -> Any:
    """Let one word or number stand for a list of one, as flags do: "8" is [8], "" is []."""
    if isinstance(value, str) and not value.strip():
        return ()
    # NumPy's whole numbers have an index, and so have its arrays, which are lists already.
    if isinstance(value, np.ndarray):
        return tuple(value.tolist()) if value.ndim else (value.item(),)
    return (value,) if isinstance(value, str | float | SupportsIndex) else value
