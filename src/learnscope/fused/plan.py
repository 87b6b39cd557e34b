"""What a training needs in memory: the workspace, its layout, and the tables of settings."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.fused import codes
from learnscope.fused.finishes import OF_SLOPE, OF_VALUE
from learnscope.models.network import DenseNetwork, Parameters, dense_network
from learnscope.training.member import Member
from learnscope.training.result import HISTORY
from learnscope.training.split import PARTS, Part

LINE = 64
"""Bytes of the widest vector and of a line of the cache; all regions begin at one."""

CACHE_BYTES = 512 * 1024
"""What activations of one chunk of rows may take: they are read again in the backward pass, and
this leaves the other half of a second-level cache of 1 MiB to weights and gradients. Measured on
2-64-64-1 with 2,800 rows: 64 or 128 KiB take 10 % more time, 256 KiB 2 %, 700 KiB 3 %."""


FEW_ROWS = 64
"""Rows of a batch up to which the gradients of wide layers are written by vectors of inputs."""

WIDE = 64
"""Inputs from which a layer is wide; they must fill whole vectors."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plan:
    """Arguments of the compiled training, see `learnscope.fused.training.train`."""

    member: Member
    ws: Array
    layers: Ints
    whole: Ints
    real: Array
    keys: Array
    parts: tuple[tuple[Array, Array, Array], ...]
    table_of_parts: Ints
    order: Ints
    rates: Array
    events: Array
    history: Array
    control: Ints
    told: Array

    def arguments(self) -> tuple[Array, ...]:
        """Return the arguments in their order, the addresses of the units left out."""
        return (
            self.ws, self.layers, self.whole, self.real, self.keys, self.table_of_parts, self.order,
            self.rates, self.events, self.history, self.control, self.told,
        )  # fmt: skip

    def slots(self) -> list[int]:
        """Return the units that this training calls."""
        whole, real = self.whole, self.real
        slots = [
            codes.TRAIN, codes.EPOCH, codes.MOVE, codes.GRADIENT_PASS, codes.EVALUATE,
            codes.FORWARD, codes.BACKWARD, codes.PRODUCTS, codes.ADD_GRADIENT, codes.LOAD_ROWS,
            codes.SUM_OF_SQUARES, codes.LOSSES + whole[codes.LOSS],
            codes.UPDATES + whole[codes.OPTIMIZER],
        ]  # fmt: skip
        *_, last = rows = list(self.layers)
        for row in rows:
            code = row[codes.ACTIVATION]
            slots += [codes.PRODUCTS + row[codes.FINISH], codes.PRODUCTS + row[codes.SLOPE_FINISH]]
            if code != codes.IDENTITY and not row[codes.FINISH]:
                slots.append(codes.ACTIVATE + code)
            if code != codes.IDENTITY and (row is last or not row[codes.SLOPE_FINISH]):
                slots.append(codes.SLOPES + code)
        penalties = (codes.L1_PENALTY, codes.CLIP_NORM, codes.CLIP_VALUE, codes.DECAY)
        for needed, more in (
            (whole[codes.N_HIDDEN], [codes.WATCH_UNITS]),
            (whole[codes.CLASSES], [codes.COUNT_RIGHT]),
            (whole[codes.SHUFFLE], [codes.FILL_ORDER]),
            (whole[codes.TURNED], [codes.WIDE_GRADIENT]),
            (real[codes.DROPOUT] > 0, [codes.FILL_MASK, codes.APPLY_MASK]),
            (any(real[i] for i in penalties), [codes.ADJUST]),
        ):
            slots += more if needed else []
        return sorted({int(slot) for slot in slots})

    def parameters(self, region: int = codes.PARAMETERS, skip: int = 0) -> Parameters:
        """Return copies of the arrays of a region that is laid out as the weights are.

        Args:
            region: code of its place, e.g. `codes.BEST`.
            skip: how many such arrays lie before it in the region.
        """
        return {name: view.copy() for name, view in self.views(region, skip).items()}

    def views(self, region: int, skip: int = 0) -> dict[str, Array]:
        """Return the arrays themselves, see `parameters`."""
        shift = self.whole[region] - self.whole[codes.PARAMETERS]
        shift += skip * self.whole[codes.N_PARAMETERS]
        result: dict[str, Array] = {}
        for i, row in enumerate(self.layers):
            n_out, n_in = row[codes.N_OUT], row[codes.N_IN]
            at = row[codes.WEIGHT] + shift
            result[f"layers.{i}.weight"] = self.ws[at : at + n_out * n_in].reshape(n_out, n_in)
            if row[codes.BIAS] >= 0:
                at = row[codes.BIAS] + shift
                result[f"layers.{i}.bias"] = self.ws[at : at + n_out]
        return result


def is_wide(n_inputs: int, lanes: int) -> bool:
    """Return whether vectors of a layer's inputs are worth it, see `write_wide_gradient`."""
    return n_inputs >= WIDE and n_inputs % lanes == 0


class _Layout:
    """Hands out regions of the workspace, in numbers of its type."""

    def __init__(self, itemsize: int) -> None:
        self.step = LINE // itemsize
        self.size = 0

    def take(self, n: int) -> int:
        at = self.size
        self.size += self.rounded(n)
        return at

    def rounded(self, n: int) -> int:
        """Return n rounded up to whole lines."""
        return -(-n // self.step) * self.step


def make_plan(member: Member) -> Plan:
    """Lay out the workspace of a member and write its first weights and its settings."""
    training, dtype = member.experiment.training, np.dtype(member.experiment.training.precision)
    layout = _Layout(dtype.itemsize)
    whole = np.zeros(codes.N_WHOLE, np.int64)
    layers = _lay_out(member, layout, whole)
    ws = _aligned_zeros(layout.size, dtype)
    for i, row in enumerate(layers):
        _write(ws, row[codes.WEIGHT], member.initial[f"layers.{i}.weight"])
        if row[codes.BIAS] >= 0:
            _write(ws, row[codes.BIAS], member.initial[f"layers.{i}.bias"])
    parts = tuple(_part_arrays(member, part, dtype) for part in PARTS)
    n = len(parts[0][0])
    _write_settings(member, whole, n)
    events = np.zeros(training.epochs + 1, np.uint8)
    events[training.evaluated()] |= codes.EVALUATED
    events[training.snapshot_epochs()] |= codes.SNAPSHOT
    control = np.zeros(codes.N_CONTROL, np.int64)
    control[codes.BEST_EPOCH] = -1
    return Plan(
        member=member,
        ws=ws,
        layers=layers,
        whole=whole,
        real=_real(member),
        keys=_keys(member, whole),
        parts=parts,
        table_of_parts=_table(parts),
        order=np.zeros(n if whole[codes.SHUFFLE] else 0, np.int64),
        rates=np.array(training.rates(), dtype=np.float64),
        events=events,
        history=np.zeros((len(training.evaluated()), len(HISTORY))),
        control=control,
        told=np.array([np.nan, np.nan, 0.0, 0.0]),
    )


def chunk_rows(network: DenseNetwork, n: int, itemsize: int) -> int:
    """Return how many rows go through the network together: all n, or what the cache holds."""
    widths = [network.n_inputs, *(layer.n_out for layer in network.layers)]
    numbers = sum(widths) + 2 * max(widths)
    fitting = CACHE_BYTES // (numbers * itemsize) // LINE * LINE
    return min(n, max(LINE, fitting))


def _lay_out(member: Member, layout: _Layout, whole: Ints) -> Ints:
    """Give every array its place; fills the offsets of `whole` and returns the layers' table."""
    network, training = dense_network(member.network), member.experiment.training
    k = network.n_outputs
    whole[codes.N_LAYERS] = len(network.layers)
    whole[codes.N_INPUTS], whole[codes.N_OUTPUTS] = network.n_inputs, k
    layers = np.full((len(network.layers), codes.N_LAYER_COLUMNS), -1, np.int64)
    n_parameters = layout.rounded(network.n_parameters())
    whole[codes.N_PARAMETERS] = n_parameters
    names = ("PARAMETERS", "GRADIENT", "FIRST_MOMENT", "SECOND_MOMENT")
    for name in names:
        whole[getattr(codes, name)] = layout.take(n_parameters)
    if training.stopping is not None:
        whole[codes.BEST] = layout.take(n_parameters)
    if training.is_decoupled and training.weight_decay:
        whole[codes.BACKUP] = layout.take(n_parameters)
    if training.optimizer.model_dump().get("centered"):
        whole[codes.CENTERED] = True
        whole[codes.GRADIENT_MEAN] = layout.take(n_parameters)
    at = int(whole[codes.PARAMETERS])
    n_rows = max(len(examples.x) for examples in member.parts.values())
    chunk = chunk_rows(network, n_rows, LINE // layout.step)
    stride = layout.rounded(chunk)
    whole[codes.CHUNK] = chunk
    for i, (row, layer) in enumerate(zip(layers, network.layers, strict=True)):
        row[codes.N_IN], row[codes.N_OUT] = layer.n_in, layer.n_out
        row[codes.ACTIVATION] = code = codes.ACTIVATION_CODES[layer.activation]
        row[codes.FINISH] = OF_VALUE.get(code, 0)
        # The mask comes between the error signal and the slope.
        row[codes.SLOPE_FINISH] = 0 if training.dropout else OF_SLOPE.get(code, 0)
        row[codes.WIDE] = is_wide(layer.n_in, layout.step)
        row[codes.WEIGHT], at = at, at + layer.n_out * layer.n_in
        if layer.bias:
            row[codes.BIAS], at = at, at + layer.n_out
        row[codes.OUT] = layout.take(layer.n_out * stride)
        if code in codes.KEEP_SLOPE:
            row[codes.SLOPE] = layout.take(layer.n_out * stride)
        if training.dropout and i < len(layers) - 1:
            row[codes.MASK] = layout.take(layer.n_out * stride)
    widest = max(max(layer.n_in, layer.n_out) for layer in network.layers)
    whole[codes.N_HIDDEN] = sum(layer.n_out for layer in network.layers[:-1])
    for name, n in (
        ("INPUT", network.n_inputs * stride),
        ("TARGET", k * stride),
        ("ROW_WEIGHT", stride),
        ("OTHER_INPUT", network.n_inputs * stride),
        ("OTHER_TARGET", k * stride),
        ("OTHER_WEIGHT", stride),
        ("ERROR", widest * stride),
        ("OTHER_ERROR", widest * stride),
        ("SCRATCH", 2 * stride),
        ("ZEROS", widest),
        ("FIRST_SEEN", 2 * int(whole[codes.N_HIDDEN])),
    ):
        whole[getattr(codes, name)] = layout.take(n)
    wide = [layer.n_in for layer in network.layers if is_wide(layer.n_in, layout.step)]
    batch = training.batch_size or n_rows
    if wide and min(batch, len(member.parts["train"].x)) <= FEW_ROWS:
        whole[codes.TURNED] = layout.take(max(wide) * FEW_ROWS)
    # Far behind what is read all the time.
    whole[codes.SNAPSHOTS] = layout.take(len(training.snapshot_epochs()) * n_parameters)
    return layers


def _write_settings(member: Member, whole: Ints, n: int) -> None:
    training, head = member.experiment.training, member.head
    settings = training.optimizer.model_dump()
    size = training.batch_size
    whole[codes.EPOCHS] = training.epochs
    whole[codes.BATCH] = n if size is None else min(size, n)
    whole[codes.SHUFFLE] = size is not None and training.shuffle
    whole[codes.LOSS] = codes.LOSS_CODES[str(training.loss.kind_name())]
    whole[codes.OPTIMIZER] = codes.OPTIMIZER_CODES[str(training.optimizer.kind_name())]
    whole[codes.NESTEROV] = bool(settings.get("nesterov"))
    whole[codes.DECOUPLED] = training.is_decoupled
    whole[codes.DECAY_BIASES] = training.decay_biases
    whole[codes.REDUCTION] = _reduction(member)
    whole[codes.NUMBERS_PER_ROW] = 1 if head.family == "class" else member.network.n_outputs
    if head.task == "classification":
        whole[codes.CLASSES] = codes.ONE_OUTPUT if head.n_outputs == 1 else codes.LARGEST
    if training.stopping is not None:
        whole[codes.PATIENCE] = training.stopping.patience


def _reduction(member: Member) -> int:
    kind = member.experiment.training.loss.model_dump().get("reduction", "mean")
    if kind == "mean" and member.head.family != "value":
        return codes.MEAN if member.parts["train"].weight is None else codes.WEIGHTED
    return {"mean": codes.MEAN, "sum": codes.SUM, "half": codes.HALF}[kind]


def _real(member: Member) -> Array:
    training = member.experiment.training
    settings, loss = training.optimizer.model_dump(), training.loss.model_dump()
    real = np.zeros(codes.N_REAL)
    real[codes.DECAY], real[codes.L1_PENALTY] = training.weight_decay, training.l1
    real[codes.CLIP_NORM] = training.clip_norm or 0.0
    real[codes.CLIP_VALUE] = training.clip_value or 0.0
    real[codes.DROPOUT] = training.dropout
    real[codes.BETA1] = settings.get("beta1", 0.0)
    real[codes.BETA2] = settings.get("beta2", settings.get("alpha", 0.0))
    real[codes.EPS] = settings.get("eps", 0.0)
    real[codes.MOMENTUM] = settings.get("momentum", 0.0)
    real[codes.DAMPENING] = settings.get("dampening", 0.0)
    real[codes.LOSS_PARAMETER] = loss.get("delta", loss.get("epsilon", 0.0))
    real[codes.THRESHOLD] = member.head.threshold
    if training.stopping is not None:
        real[codes.MIN_DELTA] = training.stopping.min_delta
    return real


def _keys(member: Member, whole: Ints) -> Array:
    """Return the keys that the training draws from, 0 for one that it does not need."""
    order = member.order_key if whole[codes.SHUFFLE] else 0
    masks = member.dropout_key if member.experiment.training.dropout else 0
    return np.array([order, masks], dtype=np.uint64)


def _part_arrays(member: Member, part: Part, dtype: np.dtype[Any]) -> tuple[Array, Array, Array]:
    """Return x (n, d), y (n, k) and weights (n,) or (0,); empty where the part has no rows."""
    k = member.network.n_outputs
    if part not in member.parts:
        empty = np.zeros((0, 1), dtype)
        return empty, empty, np.zeros(0, dtype)
    examples = member.parts[part]
    y = examples.y
    if member.head.family == "class":
        y = np.eye(k, dtype=dtype)[y]
    weight = np.zeros(0, dtype) if examples.weight is None else examples.weight
    return examples.x, np.ascontiguousarray(y, dtype=dtype), weight


def _table(parts: tuple[tuple[Array, Array, Array], ...]) -> Ints:
    """Return the rows and addresses of the parts, see `codes.ROWS`; the arrays must stay."""
    rows = [
        (len(x), x.ctypes.data, y.ctypes.data, w.ctypes.data if len(w) else 0) for x, y, w in parts
    ]
    return np.array(rows, np.int64)


def _aligned_zeros(n: int, dtype: np.dtype[Any]) -> Array:
    """Return n zeros that begin at a line of the cache."""
    raw = np.zeros(n * dtype.itemsize + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + n * dtype.itemsize].view(dtype)


def _write(ws: Array, at: int, values: Array) -> None:
    ws[at : at + values.size] = values.ravel()
