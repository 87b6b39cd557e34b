"""JAX: the whole training of a stack in one compiled function, jit(vmap(scan))."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.rivals.base import Rival, Training, block_of
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Layers, Work


class JaxScan(Rival):
    """A scan over the updates of a block of epochs, mapped over the networks, compiled."""

    name = "JAX jit(vmap(scan))"
    modules = ("jax",)
    stacks = (1, 16, 256)

    def prepare(self, work: Work, stack: int) -> Training:
        return _Scan(work, stack)


class _Scan(Training):
    def __init__(self, work: Work, stack: int) -> None:
        import jax

        self.stack, self.block = stack, block_of(work, stack)
        x, y = work.data()
        self.x, self.y = jax.numpy.asarray(x), jax.numpy.asarray(y)
        # The order of the two axes of the weights is JAX's usual one: inputs first.
        self.first = [(w.T.copy(), b) for w, b in work.layers()]
        self.run = {shuffle: self._compiled(work, shuffle) for shuffle in (True, False)}

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        state = self._start()
        for _ in range(epochs // self.block):
            state = self.run[shuffle](state, self.x, self.y)
        state["step"].block_until_ready()
        return [(np.asarray(w[0]).T.copy(), np.asarray(b[0])) for w, b in state["weights"]]

    def _compiled(self, work: Work, shuffle: bool) -> Any:
        """Return the function of a block of epochs; it is compiled when it is first called."""
        import jax

        epoch = _epoch_of(work, shuffle and not work.full_batch)

        def train(state: Any, x: Any, y: Any) -> Any:
            return jax.lax.scan(lambda s, _: (epoch(s, x, y), None), state, None, self.block)[0]

        # The rows are the same for all networks of the stack, which spares it copies of them.
        return jax.jit(jax.vmap(train, in_axes=(0, None, None)), donate_argnums=0)

    def _start(self) -> dict[str, Any]:
        import jax

        def stacked(a: Any) -> Any:
            return jax.numpy.asarray(np.broadcast_to(a, (self.stack, *np.shape(a))))

        weights = jax.tree.map(stacked, self.first)
        return {
            "weights": weights,
            "m": jax.tree.map(jax.numpy.zeros_like, weights),
            "v": jax.tree.map(jax.numpy.zeros_like, weights),
            "step": jax.numpy.zeros(self.stack),
            "key": jax.random.split(jax.random.key(0), self.stack),
        }


def _epoch_of(work: Work, shuffle: bool) -> Callable[[Any, Any, Any], Any]:
    """Return the function that makes the updates of one epoch of one network."""
    import jax

    def epoch(state: Any, x: Any, y: Any) -> Any:
        if work.full_batch:
            return _update(work, state, x, y)
        if shuffle:
            key, use = jax.random.split(state["key"])
            order = jax.random.permutation(use, work.rows)
            x, y, state = x[order], y[order], state | {"key": key}
        x, y = (a.reshape(work.updates, work.batch, *a.shape[1:]) for a in (x, y))
        return jax.lax.scan(lambda s, b: (_update(work, s, *b), None), state, (x, y))[0]

    return epoch


def _loss(work: Work, weights: Any, x: Any, y: Any) -> Any:
    import jax

    a = x
    for i, (w, b) in enumerate(weights):
        a = a @ w + b
        if i < len(weights) - 1:
            a = jax.nn.relu(a) if work.activation == "relu" else jax.numpy.tanh(a)
    if not work.images:
        return jax.numpy.mean((a - y) ** 2)
    logarithms = jax.nn.log_softmax(a)
    return -jax.numpy.mean(jax.numpy.take_along_axis(logarithms, y[:, None], axis=1))


def _update(work: Work, state: Any, x: Any, y: Any) -> Any:
    """Make one update of one network by Adam."""
    import jax

    g = jax.grad(lambda weights: _loss(work, weights, x, y))(state["weights"])
    step = state["step"] + 1
    rate, scale = LEARNING_RATE / (1 - BETA1**step), (1 - BETA2**step) ** -0.5
    m = jax.tree.map(lambda a, b: BETA1 * a + (1 - BETA1) * b, state["m"], g)
    v = jax.tree.map(lambda a, b: BETA2 * a + (1 - BETA2) * b * b, state["v"], g)
    weights = jax.tree.map(
        lambda w, a, b: w - rate * a / (jax.numpy.sqrt(b) * scale + EPS), state["weights"], m, v
    )
    return state | {"weights": weights, "m": m, "v": v, "step": step}
