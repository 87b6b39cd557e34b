"""Views: one file each, `VIEWS` gives their names."""

from learnscope.views.base import View
from learnscope.views.boundary import BOUNDARY
from learnscope.views.curves import CURVES
from learnscope.views.data import DATA
from learnscope.views.disagreement import DISAGREEMENT
from learnscope.views.fit import FIT
from learnscope.views.hidden_lines import HIDDEN_LINES
from learnscope.views.parameters import PARAMETERS
from learnscope.views.plots import Plots
from learnscope.views.style import save_svg
from learnscope.views.units import UNITS

VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        DATA,
        CURVES,
        FIT,
        BOUNDARY,
        DISAGREEMENT,
        HIDDEN_LINES,
        PARAMETERS,
        UNITS,
    )
}

__all__ = ["VIEWS", "Plots", "View", "save_svg"]
