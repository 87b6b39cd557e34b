"""Training of members of one shape as a stack: one tensor for the same weight of all of them.

Every member goes through the updates of training/loop.py, the reference: the same rows in the same
order, the same random numbers, penalties and steps; sums are taken in another order, so that the
last bits of its weights are others. They do not depend on the other members: PyTorch chooses the
order of a sum by shapes and places alone, so stacks have one width, and a member has the place that
its seed gives it; a place without a member has a copy of another. A member that diverges leaves
the stack and the others go on.

This file imports PyTorch: import it where it is used.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from learnscope.arrays import Array
from learnscope.errors import Interrupted
from learnscope.training.divergence import NotFinite, Scene, explain, largest
from learnscope.training.evaluate import Data, as_data, evaluate, mean_loss
from learnscope.training.member import Member
from learnscope.training.module import build_module, read_parameters
from learnscope.training.order import epoch_order
from learnscope.training.quiet import own_settings
from learnscope.training.result import HISTORY, Result, ShouldStop, Status
from learnscope.training.stack_gradients import Gradients, StackGradients
from learnscope.training.stackable import STACK, slot_of, stack_kind, stack_obstacle
from learnscope.training.state import n_batches

OnEpochs = Callable[[int], None]
"""Told the epochs that are done, of all members together."""


def train_stack(
    members: Sequence[Member],
    *,
    on_epochs: OnEpochs | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Result]:
    """Train members as one stack on one thread and return their results in the same order.

    Each result is a function of its member alone (but for `seconds`: an equal share each).

    Args:
        members: of one kind, each at a place of its own, without an obstacle: see
            `stack_kind`, `slot_of` and `stack_obstacle`.
        on_epochs: called after every epoch.
        should_stop: asked between updates.

    Raises:
        Interrupted: `should_stop` said so; nothing is kept.
    """
    assert len({stack_kind(member) for member in members}) == 1, "members of several kinds"
    assert not any(map(stack_obstacle, members)), "a member that does not train in stacks"
    places = {slot_of(member): member for member in members}
    assert len(places) == len(members), "two members at one place"
    with own_settings():
        found = _Stack(places).to_the_end(on_epochs or _silent, should_stop or _never)
    return [found[slot_of(member)] for member in members]


def _silent(_: int) -> None:
    pass


def _never() -> bool:
    return False


class _Stack:
    """Members under training, by their places."""

    def __init__(self, places: Mapping[int, Member]) -> None:
        first = next(iter(places.values()))
        members = [places.get(i, first) for i in range(STACK)]
        self.places, self.members, self.training = places, members, first.experiment.training
        dtype = getattr(torch, self.training.precision)
        # Read and evaluated with one member's weights at a time.
        self.module = build_module(members[0].network, members[0].initial, dtype)
        self.weights = {
            name: torch.stack([torch.tensor(m.initial[name]).to(dtype) for m in members])
            for name, _ in self.module.named_parameters()
        }
        self.gradients = StackGradients(members)
        self._set_optimizer()
        # The rows stay where they are: those of all members together may not fit into memory.
        data = {i: {p: as_data(e) for p, e in m.parts.items()} for i, m in places.items()}
        self.data = [data[i if i in data else next(iter(data))] for i in range(STACK)]
        self.n_rows = len(self.data[0]["train"])
        self.rates, self.evaluated = self.training.rates(), set(self.training.evaluated())
        self.n_batches, self.order = n_batches(members[0]), self._ordered(1)
        self.epoch = self.batch = 0
        self.histories = [{column: list[float]() for column in HISTORY} for _ in members]
        self.norms = [math.nan] * len(members)
        self.ended: dict[int, Result] = {}
        self.started = time.perf_counter()

    def _set_optimizer(self) -> None:
        t = self.training
        self.kind = "decoupled" if t.is_decoupled else "coupled"
        self.is_own = t.optimizer.own_decay == self.kind
        # Biases are vectors, and weights matrices or kernels; both have the stack before them.
        self.decayed = [w for w in self.weights.values() if w.dim() > 2 or t.decay_biases]
        spared = [w for w in self.weights.values() if not (w.dim() > 2 or t.decay_biases)]
        own = t.weight_decay if self.is_own else 0.0
        groups = [{"params": self.decayed, "weight_decay": own}]
        groups += [{"params": spared, "weight_decay": 0.0}] if spared else []
        self.optimizer = t.optimizer.build(groups, t.lr)

    def to_the_end(self, on_epochs: OnEpochs, should_stop: ShouldStop) -> dict[int, Result]:
        """Train until all epochs are done or all members have diverged."""
        nothing = np.full(len(self.members), math.nan)
        self._add_rows(0, nothing, nothing)
        while self.epoch < self.training.epochs and self._alive():
            self._train_epoch(should_stop)
            on_epochs(self.epoch * len(self.places))
        for i in self._alive():
            self.ended[i] = self._result(i, self._weights_of(i), "trained", None)
        return self.ended

    def _train_epoch(self, should_stop: ShouldStop) -> None:
        n, size = self.n_rows, self.training.batch_size or self.n_rows
        self.order = self._ordered(self.epoch + 1)
        total, count = np.zeros((2, len(self.members)))
        for batch in range(self.n_batches):
            self.batch = batch
            if should_stop():
                raise Interrupted(f"Training was stopped in epoch {self.epoch + 1}.")
            x, y = self._rows(slice(self.batch * size, min((self.batch + 1) * size, n)))
            found = self._update(x, y)
            total += found.total.double().numpy()
            count += found.count.double().numpy()
        self.epoch, self.batch = self.epoch + 1, 0
        pairs = zip(total, count, strict=True)
        before = [mean_loss(self.training.loss, float(t), float(c)) for t, c in pairs]
        if self.epoch in self.evaluated:
            self._add_rows(self.epoch, np.array(before), np.array(self.norms))

    def _alive(self) -> list[int]:
        return [i for i in self.places if i not in self.ended]

    def _ordered(self, epoch: int) -> list[Tensor] | None:
        """Return the order of each member's rows in an epoch, None for their own."""
        if self.training.batch_size is None or not self.training.shuffle:
            return None
        orders = (epoch_order(m.order_key, epoch, self.n_rows) for m in self.members)
        return [torch.from_numpy(order) for order in orders]

    def _rows(self, place: slice) -> tuple[Tensor, Tensor]:
        """Return rows (r, b, d) and targets of an update."""
        parts = [data["train"] for data in self.data]
        if self.order is None:
            taken = [part.take(place) for part in parts]
        else:
            taken = [p.take(order[place]) for p, order in zip(parts, self.order, strict=True)]
        x = torch.stack([rows.x for rows in taken])
        # An autoencoder's targets are its inputs.
        same = self.data[0]["train"].y is self.data[0]["train"].x
        return x, x if same else torch.stack([rows.y for rows in taken])

    def _update(self, x: Tensor, y: Tensor) -> Gradients:
        """Move all weights once; members with a number that is not finite end before it."""
        step = self.epoch * self.n_batches + self.batch
        found = self.gradients(self.weights, x, y, step)
        faults = self._look(found)
        before = {name: weight.clone() for name, weight in self.weights.items()}
        self._step(found, self.rates[self.epoch])
        sums = sum(w.flatten(1).sum(dim=1) for w in self.weights.values())
        for i in self._alive() if not bool(torch.isfinite(torch.as_tensor(sums)).all()) else ():
            own = torch.cat([w[i].flatten() for w in self.weights.values()])
            if i not in faults and not bool(own.isfinite().all()):
                faults[i] = NotFinite("weights", largest(own))
        for i, fault in faults.items():
            parameters = {name: weight[i].numpy().copy() for name, weight in before.items()}
            self._end(i, fault, parameters, Data(x=x[i], y=y[i], weight=None))
        return found

    def _look(self, found: Gradients) -> dict[int, NotFinite]:
        """Note the norms of the gradients; return what is not finite, by member."""
        # In double precision the squares of float32 numbers do not overflow.
        flat = torch.cat([g.detach().flatten(1).double() for g in found.weights.values()], dim=1)
        norms = np.sqrt(np.square(flat.numpy()).sum(axis=1)).tolist()
        losses, faults = found.objective.tolist(), dict[int, NotFinite]()
        for i in self._alive():
            if not math.isfinite(losses[i]):
                faults[i] = NotFinite("loss", losses[i])
            elif not math.isfinite(norms[i]):
                faults[i] = NotFinite("gradient", norms[i])
            else:
                self.norms[i] = norms[i]
        return faults

    @torch.no_grad()
    def _step(self, found: Gradients, rate: float) -> None:
        t = self.training
        for name, weight in self.weights.items():
            weight.grad = found.weights[name].detach()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for w in self.decayed:
            assert w.grad is not None
            if t.l1:
                w.grad = w.grad + t.l1 * w.sign()
            if t.weight_decay and not self.is_own and self.kind == "coupled":
                w.grad = w.grad + t.weight_decay * w
            elif t.weight_decay and not self.is_own:
                w.mul_(1 - rate * t.weight_decay)
        self.optimizer.step()

    def _add_rows(self, epoch: int, before: Array, norms: Array) -> None:
        """Evaluate every member, and end those whose loss is not finite."""
        for i in self._alive():
            parameters = self._weights_of(i)
            row = {"epoch": epoch, "train_loss_before": before[i], "gradient_norm": norms[i]}
            row |= evaluate(self.module, self.members[i], self.data[i])
            for column, values in self.histories[i].items():
                values.append(float(row.get(column, math.nan)))
            if not math.isfinite(row["train_loss"]):
                rows = next(self.data[i]["train"].blocks())
                self._end(i, NotFinite("loss", row["train_loss"]), parameters, rows, epoch)

    def _weights_of(self, i: int) -> dict[str, Array]:
        """Put a member's weights into the module, and return a copy of them."""
        with torch.no_grad():
            for name, tensor in self.module.named_parameters():
                tensor.copy_(self.weights[name][i])
        return read_parameters(self.module)

    def _end(
        self, i: int, fault: NotFinite, parameters: dict[str, Array], rows: Data,
        evaluated: int | None = None,
    ) -> None:  # fmt: skip
        """End a member as diverged, where it was evaluated or in the update under way."""
        untouched = self.epoch == self.batch == 0 and fault.what != "weights"
        under_way = self.epoch if untouched else self.epoch + 1
        epoch = under_way if evaluated is None else evaluated
        scene = Scene(
            epoch=epoch,
            batch=self.batch + 1 if evaluated is None else 0,
            rate=self.rates[epoch - 1] if epoch else self.training.lr,
            rows=rows,
            gradient_norm=self.norms[i],
        )
        member = self.members[i]
        module = build_module(member.network, parameters, next(self.module.parameters()).dtype)
        cause = explain(fault, scene, module, member)
        self.ended[i] = self._result(i, parameters, "diverged", cause)

    def _result(
        self, i: int, parameters: dict[str, Array], status: Status, cause: str | None
    ) -> Result:
        return Result(
            seed=self.members[i].seed,
            parameters=parameters,
            history={c: np.array(v, dtype=np.float64) for c, v in self.histories[i].items()},
            status=status,
            epochs=self.epoch,
            best_epoch=self.epoch,
            cause=cause,
            seconds=(time.perf_counter() - self.started) / len(self.places),
        )
