"""What a feature map is, and the chain of them that a model sees the inputs through."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.settings import Settings

State = Mapping[str, Array]

MAX_COLUMNS = 20_000
"""Most columns a map may give: 10,000 rows of them in float64 are 1.6 GB."""


class FeatureMap(Settings, ABC):
    """A map applied to the inputs before the model.

    Class attributes:
        single: whether `apply` maps float32 rows to float32 rows, as only maps do that lose
            nothing by it; the others are given float64.
    """

    single: ClassVar[bool] = False

    @abstractmethod
    def learn(self, x: Array) -> State:
        """Return what the map must remember of the training rows (n, d); {} where nothing.

        The names and shapes in it depend on the settings and d alone.
        """

    @abstractmethod
    def apply(self, x: Array, state: State) -> Array:
        """Map rows (m, d) to rows (m, d') of the same type, see `single`; never in place."""

    @abstractmethod
    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Return the d' names of the mapped columns; raises `InputError` where d does not fit."""


def need_plane(kind: str, columns: tuple[str, ...]) -> None:
    """Refuse anything but two columns, x and y of a plane."""
    if len(columns) != 2:
        raise InputError(
            f"The feature map {kind!r} needs exactly 2 columns (x and y of a plane), got "
            f"{len(columns)}: {', '.join(columns[:6])}. Put it first in the list of features, or "
            "leave it out."
        )


def need_few(kind: str, n_columns: int) -> None:
    """Refuse a map that would give more than `MAX_COLUMNS` columns."""
    if n_columns > MAX_COLUMNS:
        raise InputError(
            f"The feature map {kind!r} would give {n_columns:,} columns, more than the "
            f"{MAX_COLUMNS:,} that are sensible. Lower its degree or use fewer inputs."
        )


def joined(columns: list[Array], raw: Array | None) -> Array:
    """Put columns (m,) side by side, float64, with the raw columns (m, d) behind if given."""
    parts = [np.stack(columns, axis=1)] if columns else []
    return np.concatenate(parts if raw is None else [*parts, raw], axis=1, dtype=np.float64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeatureChain:
    """Feature maps with what they learned from the training rows.

    Attributes:
        maps: the settings of the maps, applied in this order.
        states: what each map remembers.
        columns: the d names that go in.
        names: the d' names that come out.
    """

    maps: tuple[FeatureMap, ...]
    states: tuple[State, ...]
    columns: tuple[str, ...]
    names: tuple[str, ...]

    def apply(self, x: Array) -> Array:
        """Map inputs (m, d) to features (m, d').

        Features are float64; float32 inputs stay float32 as long as all maps are `single`.

        Raises:
            DataError: the inputs do not have d columns (none is ever repeated to fit).
        """
        out = _numbers(x)
        if out.ndim != 2 or out.shape[1] != len(self.columns):
            raise DataError(
                f"features need inputs of the shape (rows, {len(self.columns)}), one column each "
                f"for {', '.join(self.columns[:6])}, got {out.shape}."
            )
        for feature_map, state in zip(self.maps, self.states, strict=True):
            out = feature_map.apply(_given(feature_map, out), state)
        return out

    def to_json(self) -> list[dict[str, Any]]:
        """Return plain data from which `read_chain` rebuilds the chain exactly."""
        return [
            {
                "map": m.plain(),
                "state": {k: np.asarray(v).tolist() for k, v in s.items()},
            }
            for m, s in zip(self.maps, self.states, strict=True)
        ]


def fit_chain(maps: Sequence[FeatureMap], x: Array, columns: tuple[str, ...]) -> FeatureChain:
    """Fit the maps one after the other on the training rows (n, d)."""
    out, names, states = _numbers(x), columns, []
    for i, feature_map in enumerate(maps):
        names = feature_map.names(names)
        state = feature_map.learn(_given(feature_map, out))
        states.append(state)
        # What the last one gives is for nobody here.
        if i + 1 < len(maps):
            out = feature_map.apply(_given(feature_map, out), state)
    return FeatureChain(maps=tuple(maps), states=tuple(states), columns=columns, names=names)


def _numbers(x: Array) -> Array:
    """Return rows as floating-point numbers: images may stay float32, all else is float64."""
    x = np.asarray(x)
    return x if x.dtype == np.float32 else np.asarray(x, dtype=np.float64)


def _given(feature_map: FeatureMap, x: Array) -> Array:
    return x if feature_map.single else np.asarray(x, dtype=np.float64)
