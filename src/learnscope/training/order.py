"""The order of the rows in an epoch, from a key and the number of the epoch alone.

A counter-based generator has no state to keep: the order of epoch 700 is had without those
before it, so a resumed training goes on exactly, and every route computes the same order.
"""

import numpy as np

from learnscope.arrays import Array, Ints

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def mix(z: Array) -> Array:
    """Return 64 well-mixed bits for each counter (uint64).

    Source: the finaliser of SplitMix64; G. Steele, D. Lea and C. Flood, "Fast splittable
    pseudorandom number generators", OOPSLA 2014, figure 17.
    """
    z = np.asarray(z, dtype=np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def stream_key(key: int, *counters: int) -> int:
    """Return the key of a sub-stream, e.g. of one epoch: mix(key + golden (counter + 1))."""
    for counter in counters:
        start = (key + _GOLDEN * (counter + 1)) & _MASK
        key = int(mix(np.array([start], dtype=np.uint64))[0])
    return key


def bits(key: int, n: int) -> Array:
    """Return `n` uint64: entry i is mix(key + golden (i + 1))."""
    with np.errstate(over="ignore"):
        return mix(np.uint64(key) + np.uint64(_GOLDEN) * np.arange(1, n + 1, dtype=np.uint64))


def uniforms(key: int, n: int) -> Array:
    """Return `n` float64 in [0, 1): the upper 53 bits."""
    return (bits(key, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def epoch_order(key: int, epoch: int, n: int) -> Ints:
    """Return the order (n,) of the rows in `epoch` (1 for the first), a permutation of 0..n-1.

    Fisher and Yates: for i = n-1 .. 1 swap entries i and j, with j = floor(u_i (i + 1)) and
    u = `uniforms(stream_key(key, epoch), n)`.
    """
    position = np.arange(n)
    swap = (uniforms(stream_key(key, epoch), n) * (position + 1)).astype(np.int64).tolist()
    order = position.tolist()
    for i in range(n - 1, 0, -1):
        j = swap[i]
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)
