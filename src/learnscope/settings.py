"""Frozen settings: the base class of everything a user states, and its one-line complaints."""

import functools
import operator
from collections.abc import Mapping
from typing import Annotated, Any, SupportsIndex, get_args

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

from learnscope.errors import InputError, listing, suggestion


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

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(explain(error, type(self), data)) from None

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
        return data

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


def kinds_of(registry: Mapping[str, type[Settings]]) -> Any:
    """Return the type of a field that takes any member of a registry, chosen by its `kind`."""
    one_of_all = functools.reduce(operator.or_, registry.values())
    return Annotated[one_of_all, Discriminator("kind"), BeforeValidator(from_word)]


def one_as_list(value: Any) -> Any:
    """Let one word or number stand for a list of one, as flags do: "8" is [8], "" is []."""
    if isinstance(value, str) and not value.strip():
        return ()
    # NumPy's whole numbers have an index, and so have its arrays, which are lists already.
    if isinstance(value, np.ndarray):
        return tuple(value.tolist()) if value.ndim else (value.item(),)
    return (value,) if isinstance(value, str | float | SupportsIndex) else value


def from_word(value: Any) -> Any:
    """Read the short form of a kind: "adam" is {kind = "adam"}."""
    return {"kind": value} if isinstance(value, str) else value


def explain(error: ValidationError, owner: type[BaseModel], data: Mapping[str, Any]) -> str:
    """Return one sentence for the first rule that was broken, and how many others there are."""
    errors = _likely(error.errors(include_url=False))
    # Unknown keys first: a mistyped name is most often the cause of what else is missing.
    first = min(errors, key=lambda e: e["type"] != "extra_forbidden")
    text = _sentence(first, owner, data)
    others = len({tuple(_locate(e["loc"], data)) for e in errors}) - 1
    return text if others < 1 else f"{text} ({others} more to mend after it.)"


def _likely(errors: list[Any]) -> list[Any]:
    """Leave out the branches of a union (a word or a list) that the value is not like at all."""

    def unlike(error: Any) -> bool:
        branch = str(error["loc"][-1]) if error["loc"] else ""
        if branch.startswith("literal["):
            return not isinstance(error["input"], str)
        return branch.startswith("tuple[") and isinstance(error["input"], str)

    return [e for e in errors if not unlike(e)] or errors


def _sentence(error: Any, owner: type[BaseModel], data: Mapping[str, Any]) -> str:
    path = _locate(error["loc"], data)
    name = ".".join(path) or owner.__name__
    # A top-level word alone ("noise") does not say whose it is.
    if len(path) == 1 and owner.__name__ != "Experiment":
        name = f"{owner.__name__}.{name}"
    ctx, got, kind = error.get("ctx", {}), error["input"], error["type"]
    if kind == "extra_forbidden":
        word, fields = path[-1], sorted(_model_at(path, owner, data).model_fields)
        place = ".".join(path[:-1]) or owner.__name__
        hint = suggestion(word, fields) or f" It takes {listing(fields)}."
        return f"{place} has no setting {word!r}.{hint}"
    if kind == "value_error":
        text = str(ctx.get("error", error["msg"]))
        place = ".".join(path) if path else owner.__name__
        return f"{place}: {text}" if path else f"{place}.{text}"
    if kind in {"union_tag_invalid", "literal_error"}:
        return _wrong_word(name, kind, ctx, got)
    if kind == "union_tag_not_found":
        return f"{name} needs a 'kind' that says which one it is, got {short(got)}."
    if kind == "missing":
        return f"{name} is needed and has no default: please set it."
    return f"{name} must be {_rule(kind, ctx, error['msg'])}, got {short(got)}."


def _wrong_word(name: str, kind: str, ctx: Mapping[str, Any], got: Any) -> str:
    if kind == "union_tag_invalid":
        word, text = str(ctx["tag"]), str(ctx["expected_tags"])
        choices = [w.strip(" '") for w in text.split(",")]
    else:
        word = str(got)
        choices = [w.strip(" '") for w in str(ctx["expected"]).replace(" or ", ", ").split(",")]
    hint = suggestion(word, choices)
    return f"{name} must be one of {listing(choices, 40)}, got {word!r}.{hint}"


_RULES = {
    "greater_than": "> {gt}",
    "greater_than_equal": ">= {ge}",
    "less_than": "< {lt}",
    "less_than_equal": "<= {le}",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table of settings",
    "model_attributes_type": "a table of settings",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text like {pattern}",
}


def _rule(kind: str, ctx: Mapping[str, Any], message: str) -> str:
    text = _RULES.get(kind)
    numbers = {k: f"{v:g}" if isinstance(v, float) else v for k, v in ctx.items()}
    if text:
        return text.format(**numbers)
    # "Input should be a valid date": what the reader needs is the end of it.
    plain = message.removeprefix("Input should be ")
    return plain[:1].lower() + plain[1:]


def _locate(loc: tuple[Any, ...], data: Any) -> list[str]:
    """Turn pydantic's location into the path a user types.

    Pydantic puts the chosen kind of a union into the location; the user never typed it there.
    """
    path: list[str] = []
    here, tag_seen = data, True
    for step in loc:
        if not tag_seen and step == (here.get("kind") if isinstance(here, Mapping) else here):
            tag_seen = True
            continue
        # A union without kinds (a word or a list of words) puts its branch there: not typed.
        if isinstance(step, str) and step.startswith(("literal[", "tuple[")):
            continue
        path.append(str(step))
        if isinstance(here, Mapping):
            here, tag_seen = here.get(step), False
        # A place behind the end is one that a list of fixed length lacks.
        elif isinstance(here, list | tuple) and isinstance(step, int) and step < len(here):
            here, tag_seen = here[step], False
    return path


def _model_at(path: list[str], owner: type[BaseModel], data: Any) -> type[BaseModel]:
    """Return the settings that hold the last word of the path."""
    model, here = owner, data
    for word in path[:-1]:
        if word in model.model_fields:
            members = _models(model.model_fields[word].annotation)
        here = here.get(word) if isinstance(here, Mapping) else here[int(word)]
        kind = here.get("kind") if isinstance(here, Mapping) else None
        named = [m for m in members if "kind" in m.model_fields and m.kind_name() == kind]
        model = (named or members or [owner])[0]
    return model


def _models(annotation: Any) -> list[type[Any]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in get_args(annotation) for m in _models(part)]


def short(value: Any) -> str:
    """Return the value as a reader would write it, cut after 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
