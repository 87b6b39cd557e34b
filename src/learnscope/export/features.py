"""Each feature map as a few lines of NumPy, for a script without learnscope.

A test holds every map of `FEATURES` against its lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from learnscope.features.base import FeatureMap
from learnscope.features.fourier import Fourier
from learnscope.features.identity import Identity
from learnscope.features.minmax import MinMax
from learnscope.features.monomials import Monomials
from learnscope.features.phase import Phase
from learnscope.features.polar import Polar
from learnscope.features.powers import Powers
from learnscope.features.products import Products
from learnscope.features.radius_squared import RadiusSquared
from learnscope.features.random_fourier import RandomFourier
from learnscope.features.sines import Sines
from learnscope.features.standardise import Standardise


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureCode:
    """A map as code.

    Attributes:
        says: what it does, for a docstring.
        body: lines of a function of x (n, d) float64, the last one returns (n, d') float64.
        imports: lines that must stand above.
    """

    says: str
    body: tuple[str, ...]
    imports: tuple[str, ...] = ()


State = Callable[[str], str]
"""Name of what a map learned -> the expression that it is in the script."""


def _identity(m: Identity, state: State) -> FeatureCode:
    return FeatureCode(says="The inputs as they are.", body=("return x",))


def _standardise(m: Standardise, state: State) -> FeatureCode:
    says = "Mean 0 and standard deviation 1" if m.scale else "Mean 0"
    return FeatureCode(
        says=f"{says} on the training rows.",
        body=(f"return (x - {state('mean')}) / {state('sd')}",),
    )


def _minmax(m: MinMax, state: State) -> FeatureCode:
    says = f"From {m.low:g} (least of the training rows) to {m.high:g} (greatest)."
    share = f"(x - {state('least')}) / {state('span')}"
    if (m.low, m.high) == (0.0, 1.0):
        return FeatureCode(says=says, body=(f"return {share}",))
    body = (f"share = {share}", f"return {m.low!r} + share * ({m.high!r} - {m.low!r})")
    return FeatureCode(says=says, body=body)


def _polar(m: Polar, state: State) -> FeatureCode:
    return FeatureCode(
        says="Radius, and angle in radians.",
        body=(
            "radius = np.hypot(x[:, 0], x[:, 1])",
            "angle = np.arctan2(x[:, 1], x[:, 0])",
            f"return np.column_stack([radius, angle{_kept(m.keep)}])",
        ),
    )


def _phase(m: Phase, state: State) -> FeatureCode:
    return FeatureCode(
        says=f"Cosine and sine of the angle minus {m.factor:g} times the radius.",
        body=(
            f"phase = np.arctan2(x[:, 1], x[:, 0]) - {m.factor!r} * np.hypot(x[:, 0], x[:, 1])",
            f"return np.column_stack([np.cos(phase), np.sin(phase){_kept(m.keep)}])",
        ),
    )


def _radius_squared(m: RadiusSquared, state: State) -> FeatureCode:
    return FeatureCode(
        says="The squared distance from the origin.",
        body=(f"return np.column_stack([np.square(x).sum(axis=1){_kept(m.keep)}])",),
    )


def _powers(m: Powers, state: State) -> FeatureCode:
    return FeatureCode(
        says=f"The powers {', '.join(map(str, m.powers))} of each column.",
        body=(f"return np.column_stack([x**p for p in {m.powers!r}])",),
    )


def _products(m: Products, state: State) -> FeatureCode:
    first = "i" if m.squares else "i + 1"
    squares = " and squares" if m.squares else ""
    return FeatureCode(
        says=f"Products of all pairs of columns{squares}.",
        body=(
            "d = x.shape[1]",
            f"pairs = [x[:, i] * x[:, j] for i in range(d) for j in range({first}, d)]",
            f"return np.column_stack([*pairs{_kept(m.keep)}])",
        ),
    )


def _monomials(m: Monomials, state: State) -> FeatureCode:
    return FeatureCode(
        says=f"All products of powers of total degree 1 to {m.degree}.",
        body=(
            "terms = [",
            "    list(term)",
            f"    for degree in range(1, {m.degree + 1})",
            "    for term in combinations_with_replacement(range(x.shape[1]), degree)",
            "]",
            "return np.column_stack([x[:, term].prod(axis=1) for term in terms])",
        ),
        imports=("from itertools import combinations_with_replacement",),
    )


def _sines(m: Sines, state: State) -> FeatureCode:
    functions = "(np.sin, np.cos)" if m.cosines else "(np.sin,)"
    return FeatureCode(
        says=f"Sines{' and cosines' if m.cosines else ''} of each column at given frequencies.",
        body=(
            f"waves = [f(w * c) for w in {m.frequencies!r} for c in x.T for f in {functions}]",
            f"return np.column_stack([*waves{_kept(m.keep)}])",
        ),
    )


def _fourier(m: Fourier, state: State) -> FeatureCode:
    return FeatureCode(
        says=f"The first {m.terms} harmonics of each column, period {m.period:g}.",
        body=(
            "waves = [",
            f"    f(2 * np.pi * k / {m.period!r} * c)",
            f"    for k in range(1, {m.terms + 1})",
            "    for c in x.T",
            "    for f in (np.sin, np.cos)",
            "]",
            f"return np.column_stack([*waves{_kept(m.keep)}])",
        ),
    )


def _random_fourier(m: RandomFourier, state: State) -> FeatureCode:
    return FeatureCode(
        says=f"{m.n} random cosines, which make a Gaussian kernel of width {m.scale:g}.",
        body=(
            f"angle = x @ {state('frequency')}.T + {state('shift')}",
            f"return np.sqrt(2 / {m.n}) * np.cos(angle)",
        ),
    )


def _kept(keep: bool) -> str:
    return ", x" if keep else ""


FEATURE_CODES: dict[str, Callable[[Any, State], FeatureCode]] = {
    "identity": _identity,
    "standardise": _standardise,
    "minmax": _minmax,
    "polar": _polar,
    "phase": _phase,
    "radius_squared": _radius_squared,
    "powers": _powers,
    "products": _products,
    "monomials": _monomials,
    "sines": _sines,
    "fourier": _fourier,
    "random_fourier": _random_fourier,
}
"""Kind of a map -> its code."""


def feature_code(feature_map: FeatureMap, state: State) -> FeatureCode:
    """Return a map as code, with `state` for the expressions of what it learned."""
    return FEATURE_CODES[str(feature_map.kind_name())](feature_map, state)
