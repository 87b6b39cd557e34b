"""Rivals: one file each."""

from benchmarks.rivals.base import Rival, Training
from benchmarks.rivals.jax_scan import JaxScan
from benchmarks.rivals.keras_jax import KerasJax
from benchmarks.rivals.learnscope_fused import Fused
from benchmarks.rivals.sklearn_mlp import SklearnMlp
from benchmarks.rivals.torch_compiled import TorchCompiled
from benchmarks.rivals.torch_loop import TorchLoop
from benchmarks.rivals.torch_stacked import TorchStacked
from benchmarks.rivals.torch_vmap import TorchVmap

RIVALS: tuple[Rival, ...] = (
    TorchLoop(),
    TorchStacked(),
    TorchVmap(),
    TorchCompiled(),
    JaxScan(),
    SklearnMlp(),
    KerasJax(),
)
"""In the order of the tables."""

__all__ = ["RIVALS", "Fused", "JaxScan", "Rival", "TorchLoop", "TorchStacked", "Training"]
