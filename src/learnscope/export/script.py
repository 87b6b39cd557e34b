"""The script and the weights of a network, as the contents of two files."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.experiment import Experiment
from learnscope.export.features import FeatureCode, feature_code
from learnscope.export.networks import NetworkCode, network_code
from learnscope.features.base import FeatureChain, FeatureMap
from learnscope.predictor import Predictor

if TYPE_CHECKING:
    from jinja2 import Template

SCRIPT, WEIGHTS = "predict.py", "weights.npz"
FEW = 24
"""Names that are written into the script; more of them are kept beside the weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """The contents of the two files.

    Attributes:
        script: Python source; needs torch and numpy.
        weights: an .npz archive: parameters by name, and what features and targets were scaled
            with. Plain arrays: it is read without pickle.
    """

    script: str
    weights: bytes


def export_files(experiment: Experiment, predictor: Predictor, seed: int) -> Export:
    """Return a trained network as a script.

    Args:
        experiment: the settings it was trained with, for the words at its head.
        predictor: network, weights, preprocessing and the meaning of the outputs.
        seed: root seed of the member.

    Raises:
        InputError: the network is of a kind that cannot be written, see `NETWORK_CODES`.
    """
    head, chain = predictor.head, predictor.chain
    network = network_code(predictor.network)
    steps = _steps(chain)
    text = _template().render(
        title=_prose(experiment.title or experiment.name),
        about=_about(experiment, seed),
        example=_example(len(chain.columns)),
        head=head,
        n_inputs=len(chain.columns),
        n_features=len(chain.names),
        columns=_names("columns", chain.columns),
        outputs=_names("outputs", head.outputs),
        numbers=head.task == "regression",
        shift=_numbers("target.shift", head.shift),
        scale=_numbers("target.scale", head.scale),
        steps=steps,
        imports=sorted({line for _, code in steps for line in code.imports}),
        network=network,
        functional=any("functional." in line for _, m in network.methods.values() for line in m),
        dtype=str(next(iter(predictor.parameters.values())).dtype),
    )
    return Export(script=text, weights=_archive(_arrays(predictor, network)))


def _arrays(predictor: Predictor, network: NetworkCode) -> dict[str, Array]:
    """Return all arrays of the weight file by name."""
    head, chain = predictor.head, predictor.chain
    arrays: dict[str, Array] = {
        name: predictor.parameters[own] for name, own in network.parameters.items()
    }
    for i, state in enumerate(chain.states):
        arrays |= {f"features.{i}.{name}": np.asarray(v) for name, v in state.items()}
    if len(head.scale) > FEW:
        arrays |= {"target.shift": np.array(head.shift), "target.scale": np.array(head.scale)}
    for name, words in (("columns", chain.columns), ("outputs", head.outputs)):
        if len(words) > FEW:
            arrays[name] = np.array(words)
    return arrays


def _archive(arrays: dict[str, Array]) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _steps(chain: FeatureChain) -> list[tuple[str, FeatureCode]]:
    """Return name and code of each map, names told apart where a kind comes twice."""
    kinds = [str(m.kind_name()) for m in chain.maps]
    return [(_name(kinds, i), _code(m, i)) for i, m in enumerate(chain.maps)]


def _name(kinds: Sequence[str], i: int) -> str:
    again = kinds[:i].count(kinds[i])
    return f"{kinds[i]}_{again + 1}" if again else kinds[i]


def _code(feature_map: FeatureMap, i: int) -> FeatureCode:
    return feature_code(feature_map, lambda key: _stored(f"features.{i}.{key}"))


def _stored(name: str) -> str:
    return f'STORED["{name}"]'


def _names(name: str, words: Sequence[str]) -> str:
    """Return the expression of a list of names."""
    if len(words) > FEW:
        return f"{_stored(name)}.tolist()"
    quoted = [_quoted(str(w)) for w in words]
    if sum(map(len, quoted)) + 2 * len(quoted) < 80:
        return f"[{', '.join(quoted)}]"
    return "\n".join(("[", *(f"    {word}," for word in quoted), "]"))


def _quoted(word: str) -> str:
    """Return a word as a Python literal, in double quotes where it has no quotes itself."""
    literal = repr(word)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in word else literal


def _numbers(name: str, values: Sequence[float]) -> str:
    """Return the expression of an array of numbers, with all their digits."""
    return _stored(name) if len(values) > FEW else f"np.array({[float(v) for v in values]!r})"


def _example(d: int) -> str:
    return f"[[{', '.join(['0.0'] * d)}]]" if d <= 6 else f"[[0.0] * {d}]"


def _prose(text: str) -> str:
    """Return words for a docstring: nothing in them can end it or be read as code."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("\\", "/").replace('"', "'")


def _about(experiment: Experiment, seed: int) -> str:
    model, problem = experiment.model.sentence(), experiment.problem.sentence()
    text = f"{model[:1].upper()}{model[1:]}. {problem} Trained with learnscope, seed {seed}."
    return "\n".join(textwrap.wrap(_prose(text), 92))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("learnscope.export", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Python source, not HTML.
        autoescape=False,
    )
    return environment.get_template("predict.py.j2")
