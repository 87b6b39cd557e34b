"""Feature chains from plain data, as a run folder keeps them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.features.base import FeatureChain, FeatureMap, State


def read_chain(data: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> FeatureChain:
    """Rebuild a fitted chain from the plain data of `FeatureChain.to_json`.

    Raises:
        DataError: the data are not those of a chain on these columns.
    """
    maps, states, names = [], [], columns
    for i, row in enumerate(data):
        try:
            feature_map = _read_map(row["map"])
            state = _read_state(feature_map, row["state"], len(names))
            names = feature_map.names(names)
        except (KeyError, TypeError, ValueError, InputError) as error:
            what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise DataError(f"Feature map {i} of a saved model cannot be read: {what}") from None
        maps.append(feature_map)
        states.append(state)
    return FeatureChain(maps=tuple(maps), states=tuple(states), columns=columns, names=names)


def _read_map(data: Any) -> FeatureMap:
    from learnscope.features import AnyFeature

    adapter: TypeAdapter[FeatureMap] = TypeAdapter(AnyFeature)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


def _read_state(feature_map: FeatureMap, data: Mapping[str, Any], d: int) -> State:
    """Return the arrays, after a look at their names, shapes and values."""
    state: dict[str, Array] = {k: np.asarray(v, dtype=np.float64) for k, v in data.items()}
    # What a map remembers has the same names and shapes for all rows of this width.
    wanted = {k: v.shape for k, v in feature_map.learn(np.zeros((1, d))).items()}
    got = {k: v.shape for k, v in state.items()}
    if got != wanted:
        raise ValueError(
            f"{feature_map.kind_name()!r} remembers {wanted or 'nothing'}, got {got or 'nothing'}."
        )
    for name, values in state.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name!r} has values that are not finite.")
    return state
