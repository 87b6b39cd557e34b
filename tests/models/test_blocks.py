import re
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import InputError
from learnscope.models import Autoencoder, Conv
from learnscope.models.blocks import ConvBlock, conv_steps


def test_the_shapes_of_the_source_come_out() -> None:
    # S4.32: 28 -> 26 without padding, 13 behind 2 x 2 pooling, 20 channels.
    step = conv_steps([ConvBlock(channels=20)], (1, 28, 28), "relu", True)[0]
    assert (step.size_between, step.size_out) == ((26, 26), (13, 13))
    # S4.33: three blocks of 16, 32 and 128 channels.
    network = Conv(blocks=[16, 32, 128]).network(784, 10, (1, 28, 28))
    assert network.trace(16) == [
        ("input", (16, 1, 28, 28), 0),
        ("conv 3 x 3, 1 -> 16", (16, 16, 26, 26), 160),
        ("relu", (16, 16, 26, 26), 0),
        ("max pool 2 x 2", (16, 16, 13, 13), 0),
        ("conv 3 x 3, 16 -> 32", (16, 32, 11, 11), 4640),
        ("relu", (16, 32, 11, 11), 0),
        ("max pool 2 x 2", (16, 32, 5, 5), 0),
        ("conv 3 x 3, 32 -> 128", (16, 128, 3, 3), 36992),
        ("relu", (16, 128, 3, 3), 0),
        ("max pool 2 x 2", (16, 128, 1, 1), 0),
        ("flatten", (16, 128), 0),
        ("linear 128 -> 10", (16, 10), 1290),
    ]


@given(
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    pool=st.sampled_from(["max", "mean", None]),
)
def test_sizes_and_counts_are_pytorchs(
    kernel: int, stride: int, padding: int, size: tuple[int, int], pool: Any
) -> None:
    block = ConvBlock(channels=3, kernel=kernel, stride=stride, padding=padding, pool=pool)
    conv = torch.nn.Conv2d(2, 3, kernel, stride, padding)
    out = conv(torch.zeros(1, 2, *size))
    if pool is not None and min(out.shape[2:]) < 2:
        with pytest.raises(InputError, match="pools to nothing"):
            conv_steps([block], (2, *size), "relu", True)
        return
    (step,) = conv_steps([block], (2, *size), "relu", True)
    assert step.size_between == tuple(out.shape[2:])
    if pool is not None:
        assert step.size_out == tuple(torch.nn.functional.max_pool2d(out, 2).shape[2:])
    assert step.trace(1)[0][2] == sum(p.numel() for p in conv.parameters())


def test_same_padding_keeps_the_size_and_needs_an_odd_kernel() -> None:
    block = ConvBlock(channels=1, kernel=5, padding="same", pool=None)
    assert conv_steps([block], (1, 9, 7), "relu", True)[0].size_out == (9, 7)
    message = (
        "ConvBlock.padding must be a number or 'valid' for kernel 2 with stride 1, got 'same', "
        "which needs an odd kernel and stride 1."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        ConvBlock(channels=1, kernel=2, padding="same")


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (
            [{"channels": 4, "kernel": 9}],
            "model.blocks.0.kernel = 9 is larger than the image (8 x 8). Use a kernel of at most "
            "8 or more padding.",
        ),
        (
            [4, {"channels": 4, "kernel": 5, "padding": 0}],
            "model.blocks.1.kernel = 5 is larger than the 3 x 3 map that block 0 gives of 8 x 8 "
            "images. Use a kernel of at most 3, less pooling before it, or fewer blocks.",
        ),
        (
            [4, 4],
            "model.blocks.1.size = 2 pools to nothing: what comes into block 1 is the 3 x 3 map "
            "that block 0 gives of 8 x 8 images, and its convolution leaves 1 x 1. Use pool = "
            "'none' there, padding = 'same' before it, or fewer blocks.",
        ),
    ],
)
@pytest.mark.parametrize("kind", [Conv, Autoencoder])
def test_a_size_that_cannot_be_is_named_with_its_block(
    kind: Any, blocks: list[Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        kind(blocks=blocks).network(64, 64, (1, 8, 8))


@pytest.mark.parametrize(
    ("n", "shape", "message"),
    [
        (2, None, "model.kind = 'conv' needs images (channels, height, width), got plain rows of"),
        (6, (3, 2), "got examples of the shape (3, 2) of 6 features. Choose a problem of images"),
        (5, (1, 2, 3), "needs 6 features, one for each place of images of 1 x 2 x 3, got 5."),
    ],
)
def test_what_is_no_image_is_refused(n: int, shape: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Conv(blocks=[{"channels": 1, "kernel": 1, "pool": None}]).network(n, 2, shape)


def test_a_number_is_a_block_of_so_many_channels() -> None:
    assert Conv(blocks=[16, 32]).blocks == (ConvBlock(channels=16), ConvBlock(channels=32))
    assert Conv(blocks=8).blocks == (ConvBlock(channels=8),)
    message = "blocks.0.channels must be >= 1, got 0."
    with pytest.raises(InputError, match=re.escape(message)):
        Conv(blocks=[0])
