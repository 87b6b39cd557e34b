"""The experiment: the one description of what is learned, by what, and how.

An experiment is a Python value, a TOML file, a JSON document and a set of dotted overrides; all
four are the same settings and give the same result.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from learnscope.errors import InputError
from learnscope.features import AnyFeature
from learnscope.models import AnyModel, Mlp
from learnscope.overrides import apply_overrides
from learnscope.problems import AnyProblem
from learnscope.settings import Count, Seed, Settings, one_as_list
from learnscope.training.rules import refusals, warnings
from learnscope.training.settings import Training


class Experiment(Settings):
    """Problem, features, model and training: the only input of a run.

    Attributes:
        name: short name, also of the folder the runs go to.
        title: one line for lists and reports; "" for none.
        problem: where the examples come from.
        features: maps applied to the inputs before the model, in this order.
        model: which functions are allowed.
        training: how one of them is chosen.
        seed: root seed of the first member.
        seeds: number of members; member k has the root seed `seed + k` and is the same as if
            it were trained alone.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)] = (
        "experiment"
    )
    title: str = ""
    problem: AnyProblem
    features: Annotated[tuple[AnyFeature, ...], BeforeValidator(one_as_list)] = ()
    model: AnyModel = Mlp()
    training: Training = Training()
    seed: Seed = 0
    seeds: Count = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Experiment:
        for text in refusals(self.model, self.training):
            raise ValueError(text)
        return self

    @model_validator(mode="after")
    def _every_member_has_a_seed(self) -> Experiment:
        if self.seed + self.seeds > 2**32:
            raise ValueError(
                f"seed + seeds must be at most 2**32, got {self.seed} + {self.seeds}. Begin with "
                "a smaller seed."
            )
        return self

    def warnings(self) -> tuple[str, ...]:
        """Return what is allowed but likely a mistake, one sentence each."""
        return tuple(warnings(self.model, self.training))

    def root_seeds(self) -> range:
        """Return the root seeds of the members."""
        return range(self.seed, self.seed + self.seeds)

    def override(self, overrides: Mapping[str, Any]) -> Experiment:
        """Return a copy with dotted settings replaced.

        >>> experiment.override({"model.hidden": "8,8", "training.lr": 1e-2})

        Text is read as a TOML value where it is one ("8,8" is a list). Setting `x.kind` to
        another kind starts `x` afresh with that kind's defaults.
        """
        return read_experiment(apply_overrides(self.to_dict(), overrides))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (numbers, text, lists, tables) without the unset values."""
        return self.plain()

    def to_json(self) -> str:
        """Return the settings as a JSON document."""
        return json.dumps(self.to_dict(), indent=2)

    def to_toml(self) -> str:
        """Return the settings as a TOML file."""
        import tomli_w

        return tomli_w.dumps(self.to_dict())


def read_experiment(data: Mapping[str, Any]) -> Experiment:
    """Make an experiment from plain data; refuses what does not fit in one sentence."""
    return Experiment(**data)


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment from a TOML or JSON file.

    Paths inside the file are relative to the file.
    """
    data = load_data(path)
    if "sweep" in data:
        raise InputError(
            f"{str(path)!r} is a sweep, many experiments in one: use 'learnscope sweep'."
        )
    try:
        return read_experiment(data)
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from None


def load_data(path: str | Path) -> dict[str, Any]:
    """Return the plain data of a TOML or JSON file of settings, its own path made absolute.

    Raises:
        InputError: the file is missing or not of that format.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except IsADirectoryError:
        raise InputError(f"{str(path)!r} is a folder, not an experiment file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}.") from None
    try:
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    # Besides their own errors, the readers refuse numbers of thousands of digits and deep nesting.
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise InputError(f"{str(path)!r} is not {kind}: {error}.") from None
    if not isinstance(data, dict):
        raise InputError(f"{str(path)!r} must hold a table of settings, got {type(data).__name__}.")
    return _with_paths(data, path.parent)


def with_whole_paths(experiment: Experiment) -> Experiment:
    """Return the experiment with the problem's path, where it has one, made absolute."""
    data = experiment.to_dict()
    whole = _with_paths(data, Path.cwd())
    return experiment if whole == data else read_experiment(whole)


def _with_paths(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the data with the problem's path, where it has one, taken from the file's folder."""
    problem = data.get("problem")
    if not isinstance(problem, dict) or not isinstance(problem.get("path"), str):
        return data
    whole = str((folder / problem["path"]).absolute())
    return {**data, "problem": {**problem, "path": whole}}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an experiment, for editors and forms."""
    return Experiment.model_json_schema()
