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
    from learnscope.catalogue import named, names
    from learnscope.errors import DataError, InputError, Interrupted, LearnscopeError
    from learnscope.experiment import Experiment, json_schema, load_experiment
    from learnscope.runs.run import Run, load_run
    from learnscope.runs.train import resume, train
    from learnscope.training.routes import Route

_HOMES = {
    "DataError": "errors",
    "Experiment": "experiment",
    "InputError": "errors",
    "Interrupted": "errors",
    "LearnscopeError": "errors",
    "Route": "training.routes",
    "Run": "runs.run",
    "json_schema": "experiment",
    "load_experiment": "experiment",
    "load_run": "runs.run",
    "named": "catalogue",
    "names": "catalogue",
    "resume": "runs.train",
    "train": "runs.train",
}

__all__ = [
    "DataError",
    "Experiment",
    "InputError",
    "Interrupted",
    "LearnscopeError",
    "Route",
    "Run",
    "json_schema",
    "load_experiment",
    "load_run",
    "named",
    "names",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("learnscope")
    if name not in _HOMES:
        raise AttributeError(f"module 'learnscope' has no attribute {name!r}")
    return getattr(import_module(f"learnscope.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
