"""Views of an atlas: one file each, `ATLAS_VIEWS` gives their names."""

from learnscope.views.atlas.base import AtlasView
from learnscope.views.atlas.cost import COST
from learnscope.views.atlas.heat import HEAT
from learnscope.views.atlas.lines import LINES
from learnscope.views.atlas.maps import MAPS
from learnscope.views.atlas.parts import ERROR_PARTS
from learnscope.views.atlas.phase import PHASE
from learnscope.views.atlas.plots import AtlasPlots
from learnscope.views.atlas.scaling import SCALING

ATLAS_VIEWS: dict[str, AtlasView] = {
    view.name: view for view in (HEAT, LINES, PHASE, ERROR_PARTS, SCALING, COST, MAPS)
}

__all__ = ["ATLAS_VIEWS", "AtlasPlots", "AtlasView"]
