"""A member: one network of an experiment, with its data and first weights, ready to train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.features.base import FeatureChain, fit_chain
from learnscope.models.base import LayerWeights
from learnscope.models.network import Network, Parameters
from learnscope.problems.base import Sample
from learnscope.seeds import streams
from learnscope.training.head import Head, fit_head, make_head
from learnscope.training.split import Part, Rows, split_rows


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Examples:
    """What a route reads of one part of the data.

    Attributes:
        x: features (n, d), float32 or float64 as `training.precision` says, C-contiguous.
        y: encoded targets, see `Head.encode`: (n, k) of the same type, or (n,) int64.
        weight: (n,) of the same type, or None where every row counts alike.
    """

    x: Array
    y: Array
    weight: Array | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Member:
    """Everything one training is a function of.

    Attributes:
        experiment: the settings.
        seed: the root seed.
        sample: the examples as drawn, raw inputs.
        rows: which of them train, validate and test.
        chain: the features, fitted on the training rows, with the model's own expansion.
        network: shape of the network.
        head: what its outputs mean.
        parts: examples of each part that has rows, by name.
        initial: first weights, float64 (a route rounds them to its own type).
        order_key: see `epoch_order`.
        dropout_key: see `dropout_mask`.
    """

    experiment: Experiment
    seed: int
    sample: Sample
    rows: Rows
    chain: FeatureChain
    network: Network
    head: Head
    parts: Mapping[Part, Examples]
    initial: Parameters
    order_key: int
    dropout_key: int


def prepare(experiment: Experiment, seed: int) -> Member:
    """Draw the data, divide it, fit the features and draw the first weights.

    The result is a function of the two arguments alone.

    Raises:
        InputError: settings and data do not fit each other.
        DataError: the data cannot be learned from (one class, constant target).
    """
    problem, training = experiment.problem, experiment.training
    source = streams(seed, problem_seed=problem.seed, split_seed=training.split.seed)
    sample = problem.sample(source.draws)
    head = make_head(training.loss, sample)
    rows = split_rows(training.split, sample, source.split)
    if training.target == "standardise":
        head = fit_head(head, sample.y[rows.train])
    if training.epochs:
        _check_targets(sample, rows)
    maps = (*experiment.features, *experiment.model.expansion())
    chain = fit_chain(maps, sample.x[rows.train], sample.columns)
    network = experiment.model.network(len(chain.names), head.n_outputs)
    features = chain.apply(sample.x)
    if not np.isfinite(features).all():
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise DataError(
            f"features give values that are not finite in {len(bad)} rows (first: row {bad[0]}). "
            "Leave out the map that does, or scale the inputs before it."
        )
    weight = _row_weights(experiment, sample, head, rows)
    return Member(
        experiment=experiment,
        seed=seed,
        sample=sample,
        rows=rows,
        chain=chain,
        network=network,
        head=head,
        parts={
            part: _examples(features, head.encode(sample.y), weight, index, training.precision)
            for part, index in rows.items()
        },
        initial=_initial(experiment, network, source.init, features[rows.train]),
        order_key=source.order_key,
        dropout_key=source.dropout_key,
    )


def _examples(
    features: Array, target: Array, weight: Array | None, index: Array, dtype: str
) -> Examples:
    y = target[index]
    return Examples(
        x=np.ascontiguousarray(features[index], dtype=dtype),
        y=y if y.dtype == np.int64 else np.ascontiguousarray(y, dtype=dtype),
        weight=None if weight is None else np.ascontiguousarray(weight[index], dtype=dtype),
    )


def _check_targets(sample: Sample, rows: Rows) -> None:
    y = sample.y[rows.train]
    if sample.task == "classification":
        present = np.unique(y)
        if len(present) == 1:
            raise DataError(
                f"The {len(y)} training rows are all of the class "
                f"{sample.outputs[int(present[0])]!r}: there is nothing to tell apart. Add rows "
                "of another class, or use the split 'stratified'."
            )
        return
    constant = np.flatnonzero(np.ptp(y, axis=0) == 0)
    if len(constant):
        name = sample.outputs[int(constant[0])]
        raise DataError(
            f"The target {name!r} has the same value {y[0, constant[0]]:g} in all {len(y)} "
            "training rows: there is nothing to learn. Choose another target column."
        )


def _row_weights(experiment: Experiment, sample: Sample, head: Head, rows: Rows) -> Array | None:
    """Return a weight for each row: of its class, or by the loss's own formula."""
    training = experiment.training
    if training.class_weights is None:
        return training.loss.row_weights(sample)
    c = len(sample.outputs)
    if training.class_weights == "balanced":
        counts = np.bincount(sample.y[rows.train], minlength=c)
        table = len(rows.train) / (c * np.maximum(counts, 1))
    else:
        table = np.asarray(training.class_weights)
        if len(table) != c:
            raise InputError(
                f"training.class_weights must have one number for each of the {c} classes, got "
                f"{len(table)}."
            )
    return np.asarray(table[sample.y], dtype=np.float64)


def _initial(
    experiment: Experiment, network: Network, rng: np.random.Generator, x: Array
) -> Parameters:
    by_hand = experiment.model.weights
    if by_hand is None:
        return experiment.model.init.draw(network, rng, x)
    if len(by_hand) != len(network.layers):
        raise InputError(
            f"model.weights must have {len(network.layers)} layers, as the model has, got "
            f"{len(by_hand)}."
        )
    result: dict[str, Array] = {}
    for i, layer in enumerate(by_hand):
        result |= _layer_by_hand(i, layer, network)
    return result


def _layer_by_hand(i: int, layer: LayerWeights, network: Network) -> dict[str, Array]:
    shape = network.layers[i].n_out, network.layers[i].n_in
    lengths = {len(row) for row in layer.weight}
    if (len(layer.weight), *sorted(lengths)) != shape:
        got = f"{len(layer.weight)} rows of {' or '.join(map(str, sorted(lengths)))}"
        raise InputError(
            f"model.weights.{i}.weight must be {shape[0]} rows (units) of {shape[1]} numbers "
            f"(inputs), got {got}."
        )
    result: dict[str, Array] = {f"layers.{i}.weight": np.array(layer.weight, dtype=np.float64)}
    if not network.layers[i].bias:
        if layer.bias is not None:
            raise InputError(f"model.weights.{i}.bias must be left out, as model.bias is false.")
        return result
    bias = (0.0,) * shape[0] if layer.bias is None else layer.bias
    if len(bias) != shape[0]:
        raise InputError(
            f"model.weights.{i}.bias must have {shape[0]} numbers, one for each unit, got "
            f"{len(bias)}."
        )
    result[f"layers.{i}.bias"] = np.array(bias, dtype=np.float64)
    return result
