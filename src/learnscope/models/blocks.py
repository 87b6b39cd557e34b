"""Convolution blocks: their settings, and what becomes of the size of an image in each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from learnscope.errors import InputError
from learnscope.models.base import HiddenActivation
from learnscope.models.network import Trace
from learnscope.settings import Count, Natural, Settings, one_as_list

Pool = Literal["max", "mean"]
Size = tuple[int, int]
"""Height and width."""


class ConvBlock(Settings):
    """A convolution, its activation, and pooling.

    Attributes:
        channels: kernels, each of which gives a map.
        kernel: height and width of a kernel.
        stride: pixels from one place of a kernel to the next.
        padding: zeros put around each map: a number of pixels, "valid" for none, "same" for as
            many as keep the size (an odd kernel with stride 1).
        activation: what follows the convolution; left out, that of the model.
        pool: what is taken of each window behind it; none for no pooling.
        size: height and width of a window, and the step from one to the next; rows and columns
            that do not fill a window are left out.
    """

    channels: Count
    kernel: Count = 3
    stride: Count = 1
    padding: Literal["valid", "same"] | Natural = "valid"
    activation: HiddenActivation | None = None
    pool: Pool | None = "max"
    size: Count = 2

    @model_validator(mode="after")
    def _same_is_possible(self) -> "ConvBlock":
        if self.padding == "same" and (self.stride != 1 or self.kernel % 2 == 0):
            raise ValueError(
                f"padding must be a number or 'valid' for kernel {self.kernel} with stride "
                f"{self.stride}, got 'same', which needs an odd kernel and stride 1."
            )
        return self

    @property
    def pixels(self) -> int:
        """The padding in pixels."""
        if isinstance(self.padding, int):
            return self.padding
        return self.kernel // 2 if self.padding == "same" else 0


def _blocks(value: Any) -> Any:
    """Let a number stand for a block of so many channels: [16, 32]."""
    listed = one_as_list(value)
    if not isinstance(listed, list | tuple):
        return listed
    return tuple({"channels": v} if isinstance(v, int) else v for v in listed)


Blocks = Annotated[tuple[ConvBlock, ...], BeforeValidator(_blocks)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvStep:
    """A block at its place in a network.

    Attributes:
        n_in: maps that come in.
        n_out: maps that go out.
        size_in: height and width of the maps that come in.
        kernel: height and width of a kernel.
        stride: pixels between places of a kernel.
        padding: zeros around each map, pixels.
        activation: a name of `ACTIVATIONS`.
        pool: "max", "mean" or None.
        window: height and width of a pooling window.
        bias: whether each map has a bias.
    """

    n_in: int
    n_out: int
    size_in: Size
    kernel: int
    stride: int
    padding: int
    activation: str
    pool: Pool | None
    window: int
    bias: bool

    @property
    def size_between(self) -> Size:
        """Height and width behind the convolution, before pooling."""
        h, w = ((n + 2 * self.padding - self.kernel) // self.stride + 1 for n in self.size_in)
        return h, w

    @property
    def size_out(self) -> Size:
        """Height and width of the maps that go out."""
        h, w = self.size_between
        return (h, w) if self.pool is None else (h // self.window, w // self.window)

    @property
    def n_flat(self) -> int:
        """Numbers that go out for each row."""
        return self.n_out * math.prod(self.size_out)

    def shapes(self, name: str) -> dict[str, tuple[int, ...]]:
        """Return name -> shape of its parameters."""
        shapes: dict[str, tuple[int, ...]] = {
            f"{name}.weight": (self.n_out, self.n_in, self.kernel, self.kernel)
        }
        return shapes | ({f"{name}.bias": (self.n_out,)} if self.bias else {})

    def trace(self, n: int) -> Trace:
        """Return its steps for `n` rows."""
        count = self.n_out * (self.n_in * self.kernel**2 + self.bias)
        between = (n, self.n_out, *self.size_between)
        rows: Trace = [(self._text(), between, count)]
        if self.activation != "identity":
            rows.append((self.activation, between, 0))
        if self.pool is not None:
            pooled = (n, self.n_out, *self.size_out)
            rows.append((f"{self.pool} pool {self.window} x {self.window}", pooled, 0))
        return rows

    def _text(self) -> str:
        more = [f"stride {self.stride}"] if self.stride > 1 else []
        more += [f"padding {self.padding}"] if self.padding else []
        words = (f"conv {self.kernel} x {self.kernel}, {self.n_in} -> {self.n_out}", *more)
        return ", ".join(words)


def conv_steps(
    blocks: Sequence[ConvBlock], shape: tuple[int, ...], activation: str, bias: bool
) -> tuple[ConvStep, ...]:
    """Return the blocks at their places behind images of a shape (channels, height, width).

    Raises:
        InputError: a kernel is larger than what comes in, or pooling leaves nothing; the
            sentence names the block, the size that came in, and what to change.
    """
    steps: list[ConvStep] = []
    channels, *size = shape
    for i, block in enumerate(blocks):
        step = ConvStep(
            n_in=channels,
            n_out=block.channels,
            size_in=(size[0], size[1]),
            kernel=block.kernel,
            stride=block.stride,
            padding=block.pixels,
            activation=block.activation or activation,
            pool=block.pool,
            window=block.size,
            bias=bias,
        )
        _check(i, step, shape)
        steps.append(step)
        channels, size = step.n_out, list(step.size_out)
    return tuple(steps)


def _check(i: int, step: ConvStep, shape: tuple[int, ...]) -> None:
    h, w = step.size_in
    came = "the image" if i == 0 else f"the {h} x {w} map that block {i - 1} gives"
    came += f" ({h} x {w})" if i == 0 else f" of {shape[1]} x {shape[2]} images"
    if step.kernel > min(h, w) + 2 * step.padding:
        around = f" with {step.padding} pixels of padding" if step.padding else ""
        fewer = ", less pooling before it, or fewer blocks" if i else " or more padding"
        raise InputError(
            f"model.blocks.{i}.kernel = {step.kernel} is larger than {came}{around}. Use a "
            f"kernel of at most {min(h, w) + 2 * step.padding}{fewer}."
        )
    between = step.size_between
    if step.pool is not None and step.window > min(between):
        raise InputError(
            f"model.blocks.{i}.size = {step.window} pools to nothing: what comes into block {i} is "
            f"{came}, and its convolution leaves {between[0]} x {between[1]}. Use pool = 'none' "
            "there, padding = 'same' before it, or fewer blocks."
        )


def image_shape(
    kind: str | None, n_inputs: int, shape: tuple[int, ...] | None
) -> tuple[int, int, int]:
    """Return the shape (channels, height, width) of an example; refuse what is no image.

    Raises:
        InputError: the problem gives plain rows, or a feature map has changed the columns.
    """
    if shape is None or len(shape) != 3:
        got = "plain rows" if shape is None else f"examples of the shape {shape}"
        raise InputError(
            f"model.kind = {kind!r} needs images (channels, height, width), got {got} of "
            f"{n_inputs} features. Choose a problem of images, such as 'digits', leave out feature "
            "maps that make other columns, or use the model 'mlp'."
        )
    c, h, w = shape
    if n_inputs != c * h * w:
        raise InputError(
            f"model.kind = {kind!r} needs {c * h * w} features, one for each place of images of "
            f"{c} x {h} x {w}, got {n_inputs}. Leave out the feature map that changes their number."
        )
    return c, h, w
