"""A member: one network of an experiment, with its data and first weights, ready to train."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from learnscope.arrays import Array, Ints, aligned_rows
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.features.base import FeatureChain, fit_chain
from learnscope.models.base import LayerWeights
from learnscope.models.network import DenseNetwork, Network, Parameters, dense_network
from learnscope.problems.base import Sample
from learnscope.seeds import Streams, streams
from learnscope.training.head import Head, fit_head, make_head
from learnscope.training.snapshots import check_snapshots
from learnscope.training.split import Part, Rows, split_rows


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Examples:
    """What a route reads of one part of the data.

    Attributes:
        x: features (n, d), float32 or float64 as `training.precision` says, C-contiguous; may
            be a part of the sample itself, so never written to.
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
        sample: the examples as drawn, raw inputs; the target is what is learned, see
            `learned_sample`.
        rows: which of them train, validate and test.
        chain: the features, fitted on the training rows, with the model's own expansion.
        network: shape of the network.
        head: what its outputs mean.
        parts: examples of each part that has rows, by name.
        initial: first weights, float64 (a route rounds them to its own type).
        streams: where the keys of its training come from.
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
    streams: Streams

    # Each takes about 30 us to make, and most trainings need none.
    @property
    def order_key(self) -> int:
        """Key of the order of the rows, see `epoch_order`."""
        return self.streams.order_key

    @property
    def dropout_key(self) -> int:
        """Key of the masks, see `dropout_mask`."""
        return self.streams.dropout_key

    @property
    def model_key(self) -> int:
        """Key of what the model draws, see `Chance`."""
        return self.streams.model_key


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Data:
    """What members have in common whose settings and seeds decide on the same data.

    Attributes:
        sample: see `Member`, as all that follow.
        rows: likewise.
        chain: likewise.
        head: likewise.
        parts: likewise.
        inputs: features (n, d) of the training rows; only some first weights need them.
    """

    sample: Sample
    rows: Rows
    chain: FeatureChain
    head: Head
    parts: Mapping[Part, Examples]
    inputs: Array


def prepare(experiment: Experiment, seed: int, data: Data | None = None) -> Member:
    """Draw the data, divide it, fit the features and draw the first weights.

    The result is a function of the first two arguments alone.

    Args:
        experiment: the settings.
        seed: the root seed.
        data: what `draw` gives for them, where it is at hand.

    Raises:
        InputError: settings and data do not fit each other.
        DataError: the data cannot be learned from (one class, constant target).
    """
    source = _streams(experiment, seed)
    data = data or _draw(experiment, source)
    shape = learned_shape(data.chain, data.sample)
    network = experiment.model.network(len(data.chain.names), data.head.n_outputs, shape)
    check_snapshots(experiment, network)
    return Member(
        experiment=experiment,
        seed=seed,
        sample=data.sample,
        rows=data.rows,
        chain=data.chain,
        network=network,
        head=data.head,
        parts=data.parts,
        initial=_initial(experiment, network, source.init, data.inputs),
        # Anew: those that were drawn from hold states of kilobytes.
        streams=_streams(experiment, seed),
    )


def draw(experiment: Experiment, seed: int) -> Data:
    """Draw the data, divide it and fit the features; see `prepare`."""
    return _draw(experiment, _streams(experiment, seed))


def data_key(experiment: Experiment, seed: int) -> Hashable:
    """Return what `draw` is a function of: members with equal keys have equal data."""
    problem, training = experiment.problem, experiment.training
    return (
        problem,
        experiment.features,
        experiment.model.expansion(),
        experiment.model.learns,
        training.split,
        training.loss,
        training.target,
        training.class_weights,
        training.precision,
        training.epochs > 0,
        # Where both are fixed the root seed decides on nothing here.
        seed if problem.seed is None or training.split.seed is None else None,
    )


def _streams(experiment: Experiment, seed: int) -> Streams:
    fixed = experiment.problem.seed, experiment.training.split.seed
    return streams(seed, problem_seed=fixed[0], split_seed=fixed[1])


def _draw(experiment: Experiment, source: Streams) -> Data:
    problem, training = experiment.problem, experiment.training
    sample = problem.sample(source.draws)
    own = experiment.model.learns == "inputs"
    if not own:
        # A loss that does not fit the labels is said first.
        make_head(training.loss, sample)
    rows = split_rows(training.split, sample, source.split)
    if training.epochs and not own:
        _check_targets(sample, rows)
    maps = (*experiment.features, *experiment.model.expansion())
    seen = rows_of(sample.x, rows.train) if maps else sample.x
    chain = fit_chain(maps, seen, sample.columns)
    del seen
    features = chain.apply(sample.x)
    _check_features(features)
    sample = learned_sample(experiment, chain, sample, features)
    head = make_head(training.loss, sample, own_inputs=own)
    if own:
        _check_inputs(sample, rows)
    if training.target == "standardise":
        head = fit_head(head, sample.y[rows.train], together=_is_window(sample))
    weight = _row_weights(experiment, sample, head, rows)
    # An autoencoder's targets are the very array of its inputs, unless they are scaled.
    target = features if own and not head.scale else head.encode(sample.y)
    parts = {
        part: _examples(features, target, weight, index, training.precision)
        for part, index in rows.items()
    }
    same = features.dtype == parts["train"].x.dtype
    return Data(
        sample=sample,
        rows=rows,
        chain=chain,
        head=head,
        parts=parts,
        inputs=parts["train"].x if same else rows_of(features, rows.train),
    )


def learned_sample(
    experiment: Experiment, chain: FeatureChain, sample: Sample, features: Array | None = None
) -> Sample:
    """Return a sample of the problem with what the model learns as its target.

    That is the sample as it is, but for models that learn their own inputs: then the target is
    the features (n, d') that the network sees, and the classes are kept as `labels`.

    Args:
        experiment: the settings.
        chain: the features, fitted.
        sample: as the problem draws it.
        features: those of its rows, where they are at hand.
    """
    if experiment.model.learns == "target":
        return sample
    known = sample.task == "classification"
    return replace(
        sample,
        y=chain.apply(sample.x) if features is None else features,
        task="regression",
        outputs=chain.names,
        truth=None,
        labels=sample.y if known else None,
        classes=sample.outputs if known else (),
    )


def learned_shape(chain: FeatureChain, sample: Sample) -> tuple[int, ...] | None:
    """Return the shape of one example as the network sees it, None for a plain row.

    Maps that scale each column by itself keep the names of the columns and the shape with them;
    after any other one the columns are no longer its places.
    """
    return sample.shape if chain.names == chain.columns else None


def rows_of(array: Array, index: Ints) -> Array:
    """Return these rows of an array: a view where they follow each other, else a copy.

    Image data are large: their training rows often lie one after the other, and a copy of them
    lies where PyTorch needs no other one.
    """
    if len(index) and index[-1] - index[0] == len(index) - 1 and (np.diff(index) == 1).all():
        return array[index[0] : index[-1] + 1]
    if array.dtype != np.float32 or array.ndim != 2:
        return np.asarray(array[index])
    out = aligned_rows(len(index), array.shape[1])
    # Any other mode than this one would fill an array of its own first.
    return np.take(array, index, axis=0, out=out, mode="clip")


def _is_window(sample: Sample) -> bool:
    """Whether the columns are one quantity at different times, as in windows of a series."""
    return sample.ordered and sample.shape is not None


def _check_features(features: Array) -> None:
    # Of the least and the greatest value one is not finite if any is: no array of flags.
    if not np.isfinite([features.min(), features.max()]).all():
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise DataError(
            f"features give values that are not finite in {len(bad)} rows (first: row {bad[0]}). "
            "Leave out the map that does, or scale the inputs before it."
        )


def _examples(
    features: Array, target: Array, weight: Array | None, index: Ints, dtype: str
) -> Examples:
    x = np.ascontiguousarray(rows_of(features, index), dtype=dtype)
    # An autoencoder's inputs are its targets: one array is enough.
    y = None if target is features else target[index]
    if y is not None and y.dtype != np.int64:
        y = np.ascontiguousarray(y, dtype=dtype)
    return Examples(
        x=x,
        y=x if y is None else y,
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
    # Steps of a series are one target: there may be a single window to train on.
    one = _is_window(sample) and np.ptp(y) > 0
    constant = np.flatnonzero(np.ptp(y, axis=0) == 0)
    if len(constant) and not one:
        name = sample.outputs[int(constant[0])]
        raise DataError(
            f"The target {name!r} has the same value {y[0, constant[0]]:g} in all {len(y)} "
            "training rows: there is nothing to learn. Choose another target column."
        )


def _check_inputs(sample: Sample, rows: Rows) -> None:
    """Refuse inputs of which none varies: an autoencoder would have nothing to learn."""
    if not np.ptp(sample.y[rows.train], axis=0).any():
        raise DataError(
            f"All {len(rows.train)} training rows are equal: there is nothing to learn of them."
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
    network = dense_network(network)
    if len(by_hand) != len(network.layers):
        raise InputError(
            f"model.weights must have {len(network.layers)} layers, as the model has, got "
            f"{len(by_hand)}."
        )
    result: dict[str, Array] = {}
    for i, layer in enumerate(by_hand):
        result |= _layer_by_hand(i, layer, network)
    return result


def _layer_by_hand(i: int, layer: LayerWeights, network: DenseNetwork) -> dict[str, Array]:
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
