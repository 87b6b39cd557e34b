"""What pydantic finds wrong with settings, in one sentence that a reader can act on."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from learnscope.errors import listing, suggestion


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
        word, fields = path[-1], _words(_model_at(path, owner, data))
        place = ".".join(path[:-1]) or owner.__name__
        hint = suggestion(word, fields) or f" It takes {listing(fields)}."
        return f"{place} has no setting {word!r}.{hint}"
    if kind == "value_error":
        return _broken_rule(str(ctx.get("error", error["msg"])), path, owner, got)
    if kind in {"union_tag_invalid", "literal_error"}:
        return _wrong_word(name, kind, ctx, got)
    if kind == "union_tag_not_found":
        return f"{name} needs a 'kind' that says which one it is, got {short(got)}."
    if kind == "missing":
        return f"{name} is needed and has no default: please set it."
    return f"{name} must be {_rule(kind, ctx, error['msg'])}, got {short(got)}."


def _broken_rule(text: str, path: list[str], owner: type[BaseModel], got: Any) -> str:
    """Put the owner before the sentence of a rule of ours, which begins with a field's name."""
    if not path:
        return text if owner.__name__ == "Experiment" else f"{owner.__name__}.{text}"
    # Rules that join several fields stand at their table, the others at their field.
    if isinstance(got, Mapping | BaseModel):
        return f"{'.'.join(path)}.{text}"
    if text.startswith(f"{path[-1]} "):
        return ".".join([*path[:-1], text])
    return f"{'.'.join(path)}: {text}"


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
    for i, step in enumerate(loc):
        if not tag_seen and _is_kind(step, here, last=i == len(loc) - 1):
            tag_seen = True
            continue
        # A union without kinds (a word or a list of words) puts its branch there: not typed.
        if isinstance(step, str) and step.startswith(("literal[", "tuple[", "branch ")):
            continue
        path.append(str(step))
        if isinstance(here, Mapping):
            here, tag_seen = here.get(step), False
        # A place behind the end is one that a list of fixed length lacks.
        elif isinstance(here, list | tuple) and isinstance(step, int) and step < len(here):
            here, tag_seen = here[step], False
    return path


def _is_kind(step: Any, here: Any, *, last: bool) -> bool:
    """Whether a step is the kind of the table it leads to, given or the default one."""
    if not isinstance(here, Mapping):
        return bool(step == here)
    return step == here["kind"] if "kind" in here else step not in here and not last


def _model_at(path: list[str], owner: type[BaseModel], data: Any) -> type[BaseModel]:
    """Return the settings that hold the last word of the path."""
    model, here = owner, data
    for word in path[:-1]:
        if word in model.model_fields:
            field = model.model_fields[word]
            members = _models(field.annotation)
            usual = [m for m in members if m is type(field.default)]
        here = here.get(word) if isinstance(here, Mapping) else here[int(word)]
        kind = here.get("kind") if isinstance(here, Mapping) else None
        named = [m for m in members if kind is not None and _kind_of(m) == kind]
        model = (named or usual or members or [owner])[0]
    return model


def _words(model: type[BaseModel]) -> list[str]:
    """Return the words that a table of settings takes, sorted."""
    return sorted({*model.model_fields, *getattr(model, "short_words", ())})


def _kind_of(model: type[BaseModel]) -> Any:
    field = model.model_fields.get("kind")
    return None if field is None else field.default


def _models(annotation: Any) -> list[type[Any]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in get_args(annotation) for m in _models(part)]


def short(value: Any) -> str:
    """Return the value as a reader would write it, cut after 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
