"""Views: one file each, `VIEWS` gives their names."""

from learnscope.views.base import View
from learnscope.views.boundary import BOUNDARY
from learnscope.views.codes import CODES
from learnscope.views.confusion import CONFUSION
from learnscope.views.curves import CURVES
from learnscope.views.data import DATA
from learnscope.views.disagreement import DISAGREEMENT
from learnscope.views.feature_maps import FEATURE_MAPS
from learnscope.views.filters import FILTERS
from learnscope.views.fit import FIT
from learnscope.views.forecast import FORECAST
from learnscope.views.hidden_lines import HIDDEN_LINES
from learnscope.views.hidden_space import HIDDEN_SPACE
from learnscope.views.latent_grid import LATENT_GRID
from learnscope.views.mistakes import MISTAKES
from learnscope.views.parameters import PARAMETERS
from learnscope.views.plots import Plots
from learnscope.views.reconstructions import RECONSTRUCTIONS
from learnscope.views.states import STATES
from learnscope.views.style import save_svg
from learnscope.views.switches import SWITCHES
from learnscope.views.units import UNITS

VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        DATA,
        CURVES,
        FIT,
        FORECAST,
        BOUNDARY,
        DISAGREEMENT,
        CONFUSION,
        MISTAKES,
        RECONSTRUCTIONS,
        CODES,
        LATENT_GRID,
        FILTERS,
        FEATURE_MAPS,
        STATES,
        HIDDEN_LINES,
        HIDDEN_SPACE,
        SWITCHES,
        PARAMETERS,
        UNITS,
    )
}

__all__ = ["VIEWS", "Plots", "View", "save_svg"]
