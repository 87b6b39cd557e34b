"""learnscope: a laboratory for learning problems.

>>> import learnscope as ls
>>> run = ls.train(ls.Experiment(problem="spirals", model={"kind": "mlp", "hidden": [8, 8]}))
>>> run.metrics["test_accuracy"]
>>> run.plot.boundary()

Names are loaded when they are first used, so that the import itself is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas, load_atlas
    from learnscope.catalogue import named, names
    from learnscope.doctor.diagnose import diagnose
    from learnscope.doctor.watching.watch import watch
    from learnscope.errors import DataError, InputError, Interrupted, LearnscopeError
    from learnscope.experiment import Experiment, json_schema, load_experiment
    from learnscope.runs.run import Run, load_run
    from learnscope.runs.train import resume, train
    from learnscope.sweeps.drive import Swept, sweep
    from learnscope.sweeps.sweep import Sweep, load_sweep
    from learnscope.training.routes import Route

_HOMES = {
    "Atlas": "atlas.atlas",
    "DataError": "errors",
    "Experiment": "experiment",
    "InputError": "errors",
    "Interrupted": "errors",
    "LearnscopeError": "errors",
    "Route": "training.routes",
    "Run": "runs.run",
    "Sweep": "sweeps.sweep",
    "Swept": "sweeps.work",
    "diagnose": "doctor.diagnose",
    "json_schema": "experiment",
    "load_atlas": "atlas.atlas",
    "load_experiment": "experiment",
    "load_run": "runs.run",
    "load_sweep": "sweeps.sweep",
    "named": "catalogue",
    "names": "catalogue",
    "resume": "runs.train",
    "sweep": "sweeps.drive",
    "train": "runs.train",
    "watch": "doctor.watching.watch",
}

__all__ = [
    "Atlas",
    "DataError",
    "Experiment",
    "InputError",
    "Interrupted",
    "LearnscopeError",
    "Route",
    "Run",
    "Sweep",
    "Swept",
    "diagnose",
    "json_schema",
    "load_atlas",
    "load_experiment",
    "load_run",
    "load_sweep",
    "named",
    "names",
    "resume",
    "sweep",
    "train",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("learnscope")
    if name == "doctor":
        return import_module("learnscope.doctor")
    if name not in _HOMES:
        raise AttributeError(f"module 'learnscope' has no attribute {name!r}")
    return getattr(import_module(f"learnscope.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
