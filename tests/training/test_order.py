import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learnscope.training.order import bits, epoch_order, mix, stream_key, uniforms

KEYS = st.integers(0, 2**64 - 1)

# Outputs of the generator by its authors, seed 1234567.
REFERENCE = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def splitmix(seed: int, n: int) -> list[int]:
    """SplitMix64 in Python's own whole numbers."""
    mask, out = 2**64 - 1, []
    for _ in range(n):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out.append(z ^ (z >> 31))
    return out


def test_bits_are_those_of_the_published_generator() -> None:
    assert splitmix(1234567, 5) == REFERENCE
    assert bits(1234567, 5).tolist() == REFERENCE


@given(key=KEYS, n=st.integers(0, 50))
def test_bits_are_splitmix_for_every_key(key: int, n: int) -> None:
    assert bits(key, n).tolist() == splitmix(key, n)


@given(key=KEYS, counter=st.integers(0, 10**6))
def test_a_stream_key_is_one_number_of_the_generator(key: int, counter: int) -> None:
    jumped = (key + 0x9E3779B97F4A7C15 * counter) & (2**64 - 1)
    assert stream_key(key, counter) == splitmix(jumped, 1)[0]
    assert stream_key(key, counter, 3) == stream_key(stream_key(key, counter), 3)
    assert stream_key(key) == key


@given(key=KEYS)
def test_uniforms_are_in_the_half_open_interval(key: int) -> None:
    u = uniforms(key, 200)
    assert u.dtype == np.float64 and u.min() >= 0 and u.max() < 1


def test_uniforms_are_uniform() -> None:
    u = uniforms(7, 100_000)
    counts = np.histogram(u, bins=100, range=(0, 1))[0]
    # Chi-square with 99 degrees of freedom: mean 99, sd 14; five of them.
    assert ((counts - 1000) ** 2 / 1000).sum() < 99 + 5 * 14.1
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / 100_000**0.5


@given(key=KEYS, epoch=st.integers(0, 10**6), n=st.integers(0, 200))
def test_the_order_is_a_permutation(key: int, epoch: int, n: int) -> None:
    order = epoch_order(key, epoch, n)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


def test_the_order_is_the_shuffle_that_is_stated() -> None:
    n, key, epoch = 10, 99, 4
    u = [b / 2**53 for b in (v >> 11 for v in splitmix(stream_key(key, epoch), n))]
    expected = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(u[i] * (i + 1))
        expected[i], expected[j] = expected[j], expected[i]
    assert epoch_order(key, epoch, n).tolist() == expected


def test_every_epoch_and_key_has_another_order() -> None:
    orders = {tuple(epoch_order(key, epoch, 30)) for key in range(20) for epoch in range(20)}
    assert len(orders) == 400


def test_all_orders_are_equally_likely() -> None:
    counts: dict[tuple[int, ...], int] = {}
    for epoch in range(24_000):
        order = tuple(epoch_order(5, epoch, 4).tolist())
        counts[order] = counts.get(order, 0) + 1
    # 24 orders, 1000 times each: chi-square with 23 degrees of freedom, sd 6.8, five of them.
    assert len(counts) == 24
    assert sum((c - 1000) ** 2 / 1000 for c in counts.values()) < 23 + 5 * 6.8


def test_mixing_is_one_to_one_on_what_it_is_given() -> None:
    assert len(np.unique(mix(np.arange(100_000)))) == 100_000
