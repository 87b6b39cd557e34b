"""Probes: questions to a trained run, one file each; `PROBES` gives their names."""

from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.probes.bias_variance import BiasVarianceProbe
from learnscope.probes.calibration import Calibration
from learnscope.probes.dependence import Dependence
from learnscope.probes.ensemble import EnsembleProbe
from learnscope.probes.flip import Flip
from learnscope.probes.fresh import Fresh
from learnscope.probes.laplace import LaplaceProbe
from learnscope.probes.learning_curve import LearningCurveProbe
from learnscope.probes.noise import Noise
from learnscope.probes.occlusion import Occlusion
from learnscope.probes.one_batch import OneBatch
from learnscope.probes.pruning import Pruning
from learnscope.probes.random_labels import RandomLabels
from learnscope.probes.ridge import Ridge
from learnscope.probes.rotation import Rotation
from learnscope.probes.scale import Scale
from learnscope.probes.shift import Shift

PROBES: dict[str, type[Probe]] = {
    "shift": Shift,
    "rotation": Rotation,
    "flip": Flip,
    "scale": Scale,
    "noise": Noise,
    "occlusion": Occlusion,
    "fresh": Fresh,
    "one_batch": OneBatch,
    "random_labels": RandomLabels,
    "dependence": Dependence,
    "pruning": Pruning,
    "calibration": Calibration,
    "ensemble": EnsembleProbe,
    "laplace": LaplaceProbe,
    "learning_curve": LearningCurveProbe,
    "bias_variance": BiasVarianceProbe,
    "ridge": Ridge,
}

__all__ = ["PROBES", "Answer", "Chart", "Line", "Probe"]
