"""The trained networks of a run on disk: `model.json` says what, `weights.safetensors` how much.

`model.json` holds the shape of the network, the meaning of its outputs and, for each member, its
fitted features and how its training ended. Weights of all members are stacked: (r, ...) for
each parameter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np

from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.features import read_chain
from learnscope.files import write_whole
from learnscope.models.network import DenseNetwork, Layer, Network
from learnscope.predictor import Predictor
from learnscope.problems.base import Sample, Task
from learnscope.runs.result_rows import read_result, result_row
from learnscope.runs.snapshots import write_snapshots
from learnscope.tensors import read_tensors, write_tensors
from learnscope.trained import Trained
from learnscope.training.head import LOGITS, Head
from learnscope.training.member import Member, learned_shape
from learnscope.training.result import Result

MODEL, WEIGHTS = "model.json", "weights.safetensors"
FORMAT = 1


def write_model(folder: Path, trained: Sequence[Trained]) -> None:
    """Write the networks of a run into its folder."""
    first = trained[0].member
    data = {
        "format": FORMAT,
        "precision": first.experiment.training.precision,
        "columns": list(first.chain.columns),
        **_network_row(first),
        "head": asdict(first.head),
        "members": [_member_row(t) for t in trained],
    }
    not_begun = sorted({*first.experiment.root_seeds()} - {t.result.seed for t in trained})
    if not_begun:
        data["not_begun"] = not_begun
    stacked = {
        name: np.stack([t.result.parameters[name] for t in trained])
        for name in first.network.shapes()
    }
    write_tensors(folder / WEIGHTS, stacked, {"seeds": [t.result.seed for t in trained]})
    write_snapshots(folder, [t.result for t in trained])
    write_whole(folder / MODEL, json.dumps(data, indent=1))


def _member_row(trained: Trained) -> dict[str, Any]:
    return {
        **result_row(trained.result),
        "features": trained.member.chain.to_json(),
        "data": fingerprint(trained.member.sample),
    }


def _network_row(member: Member) -> dict[str, Any]:
    """Return what the file says of the network: its layers, or what it is made of."""
    network = member.network
    if isinstance(network, DenseNetwork):
        return network.plain()
    shape = learned_shape(member.chain, member.sample)
    return {"network": network.plain(), "shape": None if shape is None else list(shape)}


def _read_network(
    data: dict[str, Any], experiment: Experiment, n_inputs: int, n_outputs: int
) -> Network:
    if "network" not in data:
        layers = tuple(Layer(**row) for row in data["layers"])
        return DenseNetwork(layers=layers, code=data.get("code"))
    # What is not dense is made from the settings; the file must say the same.
    try:
        network = experiment.model.network(n_inputs, n_outputs, _shape(data))
    except InputError as error:
        raise ValueError(str(error)) from None
    if network.plain() != data["network"]:
        raise ValueError("its network is not that of the settings")
    return network


def _shape(data: dict[str, Any]) -> tuple[int, ...] | None:
    shape = data.get("shape")
    return None if shape is None else tuple(int(n) for n in shape)


def fingerprint(sample: Sample) -> str:
    """Return 16 hexadecimal digits that change when any number of the sample does."""
    digest = hashlib.sha256()
    for array in (sample.x, sample.y):
        digest.update(str((array.shape, array.dtype)).encode())
        # Its memory itself: images are too large to be copied for this.
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()[:16]


def read_model(
    folder: Path, experiment: Experiment
) -> tuple[list[Predictor], list[Result], list[str]]:
    """Return predictors, results (without history) and data fingerprints of the members.

    Raises:
        DataError: a file is missing, cut short, does not fit the other one, or is not what the
            settings of the run imply.
    """
    data = _read_json(folder / MODEL)
    try:
        words: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data["head"].items()
        }
        head = Head(**words)
        members, columns = list(data["members"]), tuple(data["columns"])
        chains = [read_chain(row["features"], columns) for row in members]
        network = _read_network(data, experiment, len(chains[0].names), head.n_outputs)
        shapes = {
            name: ((len(members), *shape), str(data["precision"]))
            for name, shape in network.shapes().items()
        }
        stacked, _ = read_tensors(folder / WEIGHTS, shapes)
        predictors = [
            Predictor(
                chain=chain,
                network=network,
                head=head,
                parameters={name: array[i] for name, array in stacked.items()},
            )
            for i, chain in enumerate(chains)
        ]
        results = [
            read_result(row, p.parameters, {}) for row, p in zip(members, predictors, strict=True)
        ]
        not_begun = [int(seed) for seed in data.get("not_begun", ())]
        _check_settings(folder / MODEL, experiment, predictors, results, _shape(data), not_begun)
        return predictors, results, [str(row["data"]) for row in members]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(
            f"{str(folder / MODEL)!r} is damaged ({type(error).__name__}: {error}). Train again."
        ) from None


def _check_settings(
    path: Path,
    experiment: Experiment,
    predictors: Sequence[Predictor],
    results: Sequence[Result],
    shape: tuple[int, ...] | None,
    not_begun: Sequence[int],
) -> None:
    """Refuse a model that is not the one the settings of the run describe."""
    model, loss = experiment.model, experiment.training.loss
    maps = (*experiment.features, *model.expansion())
    logits = loss.kind_name() in LOGITS
    for predictor in predictors:
        head = predictor.head
        network = model.network(len(predictor.chain.names), head.n_outputs, shape)
        same = (
            (predictor.chain.maps, predictor.network) == (maps, network)
            and (head.family, head.logits) == (loss.family, logits)
            and head.task in get_args(Task)
        )
        if not same:
            raise DataError(
                f"{str(path)!r} is not the model of this run's settings: it was changed. Put the "
                "file back, or train again."
            )
    seeds = [r.seed for r in results]
    if seeds != sorted(seeds) or sorted([*seeds, *not_begun]) != list(experiment.root_seeds()):
        raise DataError(f"{str(path)!r} does not have the members of this run's settings.")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            f"{str(path)!r} is missing: the run was not finished, or its folder was cut short. "
            "Go on with 'learnscope run --resume FOLDER', or train again."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{str(path)!r} cannot be read: {error}.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DataError(
            f"{str(path)!r} has the format {data.get('format') if isinstance(data, dict) else '?'}"
            f", this version of learnscope reads {FORMAT}."
        )
    return data
