"""Random settings for property tests, made from the fields of the settings themselves."""

import functools
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.features import FEATURES
from learnscope.models import MODELS
from learnscope.problems import PROBLEMS
from learnscope.training.settings import Training

_NUMBERS = st.one_of(
    st.sampled_from([0.0, 0.1, 0.5, 1.0, 1e-3, 1e-12, 2.5]), st.floats(0, 1), st.floats(-1e3, 1e3)
)


@functools.cache
def _values(annotation: Any) -> st.SearchStrategy[Any] | None:
    """Return values of a type, not all of which the rules of a field allow; None for no idea."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(args[0])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in {Union, types.UnionType}:
        known = [s for s in map(_values, args) if s is not None]
        return st.one_of(known) if known else None
    if origin is tuple:
        inner = _values(args[0])
        if inner is not None and args[-1] is not Ellipsis:
            return st.tuples(*[inner] * len(args))
        return None if inner is None else st.lists(inner, max_size=3).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return settings_of(annotation)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(0, 12) | st.integers(0, 2**31),
        float: _NUMBERS,
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple.get(annotation)


@st.composite
def settings_of(draw: st.DrawFn, kind: type[BaseModel]) -> BaseModel:
    """Draw settings of one class: defaults, with those drawn fields that its rules allow."""
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        value = _drawn(draw, kind, name, field)
        if value is not _LEFT_OUT and _allowed(kind, {**fields, name: value}):
            fields[name] = value
    return kind(**fields)


_LEFT_OUT = object()


def _drawn(draw: st.DrawFn, kind: type[BaseModel], name: str, field: FieldInfo) -> Any:
    annotation: Any = field.annotation
    values = None if name == "kind" else _values(annotation)
    if values is not None and field.is_required():
        return draw(values.filter(lambda value: _allowed(kind, {name: value})))
    if values is None or draw(st.booleans()):
        return _LEFT_OUT
    return draw(values)


def _allowed(kind: type[BaseModel], fields: dict[str, Any]) -> bool:
    try:
        kind(**fields)
    except InputError:
        return False
    return True


def makeable(registry: dict[str, Any]) -> list[type[Any]]:
    """Return the members of a registry whose defaults suffice."""
    return [kind for kind in registry.values() if _allowed(kind, {})]


def _one_of(registry: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.one_of([settings_of(kind) for kind in makeable(registry)])


_PROBLEM, _FEATURE, _MODEL = _one_of(PROBLEMS), _one_of(FEATURES), _one_of(MODELS)
_TRAINING = settings_of(Training)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Draw an experiment over all problems, features, models and trainings there are."""
    parts: dict[str, Any] = {"problem": draw(_PROBLEM)}
    drawn = {
        "features": draw(st.lists(_FEATURE, max_size=2).map(tuple)),
        "model": draw(_MODEL),
        "training": draw(_TRAINING),
        "seed": draw(st.integers(0, 2**32 - 1)),
        "seeds": draw(st.integers(1, 1000)),
        "title": draw(st.text(st.characters(exclude_categories=["C"]), max_size=20)),
    }
    for name, value in drawn.items():
        if _allowed(Experiment, {**parts, name: value}):
            parts[name] = value
    return Experiment(**parts)
