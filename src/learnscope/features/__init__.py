"""Feature maps: one file each, `FEATURES` gives their names."""

from typing import TYPE_CHECKING

from learnscope.features.base import FeatureChain, FeatureMap, fit_chain
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
from learnscope.features.saved import read_chain
from learnscope.features.sines import Sines
from learnscope.features.standardise import Standardise
from learnscope.settings import kinds_of

FEATURES: dict[str, type[FeatureMap]] = {
    "identity": Identity,
    "standardise": Standardise,
    "minmax": MinMax,
    "polar": Polar,
    "phase": Phase,
    "radius_squared": RadiusSquared,
    "powers": Powers,
    "products": Products,
    "monomials": Monomials,
    "sines": Sines,
    "fourier": Fourier,
    "random_fourier": RandomFourier,
}

if TYPE_CHECKING:
    AnyFeature = FeatureMap
else:
    AnyFeature = kinds_of(FEATURES)

__all__ = ["FEATURES", "AnyFeature", "FeatureChain", "FeatureMap", "fit_chain", "read_chain"]
