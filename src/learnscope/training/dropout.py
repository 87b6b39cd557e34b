"""Which hidden activations are dropped in an update, from a key and counters alone.

Counter-based, as the order of the rows is: no state to keep, the same masks on every route and
after every resumption.
"""

from learnscope.arrays import Array
from learnscope.training.order import stream_key, uniforms


def dropout_mask(key: int, step: int, layer: int, b: int, h: int, p: float) -> Array:
    """Return which activations (b, h) of a hidden layer are kept, bool.

    Entry (i, j) is kept where u >= p, u being number i h + j of
    `uniforms(stream_key(key, step, layer), b h)`.

    Args:
        key: the member's `dropout_key`.
        step: updates done before this one, over all epochs: 0 in the first.
        layer: number of the hidden layer, 0 for the first.
        b: rows of the batch, in the order in which the network sees them.
        h: units of the layer.
        p: probability of being dropped, in [0, 1).
    """
    return uniforms(stream_key(key, step, layer), b * h).reshape(b, h) >= p
