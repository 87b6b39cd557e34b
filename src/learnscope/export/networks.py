"""Networks as lines of a PyTorch module, for a script without learnscope.

Another family is one function here and one row in `NETWORK_CODES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from learnscope.errors import InputError
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.blocks import ConvStep
from learnscope.models.cells import Cells
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.network import DenseNetwork, Layer, Network
from learnscope.models.recurrent_network import RecurrentNetwork

ACTIVATION_CODES = {
    "identity": "{z}",
    "relu": "torch.relu({z})",
    "leaky_relu": "functional.leaky_relu({z}, 0.01)",
    "elu": "functional.elu({z})",
    "gelu": "functional.gelu({z})",
    "silu": "functional.silu({z})",
    "tanh": "torch.tanh({z})",
    "sigmoid": "torch.sigmoid({z})",
    "softplus": "functional.softplus({z})",
    "sin": "torch.sin({z})",
    "softmax": "torch.softmax({z}, dim=1)",
    "log_softmax": "torch.log_softmax({z}, dim=1)",
    "step": "({z} > 0).to(x.dtype)",
}
"""Activations as expressions of z."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCode:
    """A network as code.

    Attributes:
        layers: lines of `__init__` that make the layers.
        methods: name -> (what it says, its lines): functions of the tensor x. "forward" is one
            of them, and so are "encode" and "decode" of an autoencoder.
        parameters: name of a parameter in the script -> its name in `Network.shapes()`.
    """

    layers: tuple[str, ...]
    methods: dict[str, tuple[str, tuple[str, ...]]]
    parameters: dict[str, str]


def _dense(network: DenseNetwork) -> NetworkCode:
    d, k = network.n_inputs, network.n_outputs
    chain = _chain("layers", network.layers)
    if network.code is None:
        methods = {"forward": (f"Features (n, {d}) to outputs (n, {k}).", _returning(chain))}
    else:
        cut = network.code + 1
        width = network.layers[network.code].n_out
        methods = _halves(d, width, k, chain[:cut], chain[cut:])
    names = {name: name for name in network.shapes()}
    return NetworkCode(layers=_linear("layers", network.layers), methods=methods, parameters=names)


def _conv(network: ConvNetwork) -> NetworkCode:
    d, k = network.n_inputs, network.n_outputs
    lines = (
        f"x = x.reshape(-1, {_sizes(network.shape)})",
        *_blocks("blocks", network.blocks),
        "x = x.flatten(1)",
        *_chain("layers", network.layers),
    )
    return NetworkCode(
        layers=(*_convolutions("blocks", network.blocks), *_linear("layers", network.layers)),
        methods={"forward": (f"Features (n, {d}) to outputs (n, {k}).", _returning(lines))},
        parameters={name: name for name in network.shapes()},
    )


def _autoencoder(network: AutoencoderNetwork) -> NetworkCode:
    layers: tuple[str, ...] = ()
    encode: tuple[str, ...] = _chain("encoder_layers", network.encoder)
    decode: tuple[str, ...] = _chain("decoder_layers", network.decoder)
    if network.image is not None:
        shaped = f"x = x.reshape(-1, {_sizes(network.image)})"
        through = _blocks("encoder_blocks", network.blocks)
        encode = (shaped, *through, "x = x.flatten(1)", *encode)
        decode = (*decode, *_blocks_back(network))
        layers = _convolutions("encoder_blocks", network.blocks)
    layers = (
        *layers,
        *_linear("encoder_layers", network.encoder),
        *_linear("decoder_layers", network.decoder),
        *_transposed(network.blocks),
    )
    # The variance of a variational code is for learning alone.
    names = [name for name in network.shapes() if ".log_variance." not in name]
    return NetworkCode(
        layers=layers,
        methods=_halves(
            network.n_inputs, network.encoder[-1].n_out, network.n_outputs, encode, decode
        ),
        parameters={name.replace("coder.", "coder_", 1): name for name in names},
    )


def _recurrent(network: RecurrentNetwork) -> NetworkCode:
    d, k, cells = network.n_inputs, network.n_outputs, network.cells
    names = {name: name for name in network.shapes()}
    if cells.cell == "hand":
        names = {_HAND.get(name, name): name for name in names}
    *hidden, last = _chain("layers", network.head)
    if network.each:
        z = f"self.layers[{len(hidden)}](x).flatten(1)"
        last = _step(network.head[-1].activation, z)
    lines = (
        f"x = x.reshape(-1, {network.steps}, {cells.n_in})",
        *_through_cells(cells),
        *(() if network.each else (_last_state(cells),)),
        *hidden,
        last,
    )
    return NetworkCode(
        layers=(*_cells(cells), *_linear("layers", network.head)),
        methods={"forward": (f"Features (n, {d}) to outputs (n, {k}).", _returning(lines))},
        parameters=names,
    )


_HAND = {
    "cells.0.w_hx": "w_hx.weight",
    "cells.0.w_hh": "w_hh.weight",
    "cells.0.b_h": "w_hx.bias",
}
"""Parameters of the hand-written cell -> their names in the script."""


def _cells(cells: Cells) -> tuple[str, ...]:
    h = cells.hidden
    if cells.cell == "hand":
        return (
            f"self.w_hx = nn.Linear({cells.n_in}, {h}{_bias(cells.bias)})",
            f"self.w_hh = nn.Linear({h}, {h}, bias=False)",
        )
    kind = {"elman": "RNN", "lstm": "LSTM", "gru": "GRU"}[cells.cell]
    relu = ', nonlinearity="relu"' if cells.cell == "elman" and cells.activation == "relu" else ""
    both = ", bidirectional=True" if cells.both_ways else ""
    more = f"{relu}{both}{_bias(cells.bias)}, batch_first=True"
    widths = [cells.width_in(i) for i in range(cells.layers)]
    return _list("cells", [f"nn.{kind}({n_in}, {h}{more})" for n_in in widths])


def _through_cells(cells: Cells) -> tuple[str, ...]:
    """Return the lines from sequences (n, t, d) to the states (n, t, h) of the last layer."""
    if cells.cell != "hand":
        return tuple(f"x = self.cells[{i}](x)[0]" for i in range(cells.layers))
    state = ACTIVATION_CODES[cells.activation].format(z="z")
    return (
        f"h = x.new_zeros(len(x), {cells.hidden})",
        "states = []",
        "for step in x.unbind(dim=1):",
        "    z = self.w_hx(step) + self.w_hh(h)",
        f"    h = {state}",
        "    states.append(h)",
        "x = torch.stack(states, dim=1)",
    )


def _last_state(cells: Cells) -> str:
    h = cells.hidden
    if cells.both_ways:
        return f"x = torch.cat((x[:, -1, :{h}], x[:, 0, {h}:]), dim=1)"
    return "x = x[:, -1]"


def _halves(
    d: int, width: int, k: int, encode: Sequence[str], decode: Sequence[str]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the methods of an autoencoder."""
    whole = ("return self.decode(self.encode(x))",)
    return {
        "encode": (f"Features (n, {d}) to codes (n, {width}).", _returning(encode)),
        "decode": (f"Codes (n, {width}) to outputs (n, {k}).", _returning(decode)),
        "forward": (f"Features (n, {d}) to outputs (n, {k}).", whole),
    }


def _returning(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines with a `return` in place of the last assignment."""
    return (*lines[:-1], f"return {lines[-1].removeprefix('x = ')}")


def _linear(name: str, layers: Sequence[Layer]) -> tuple[str, ...]:
    return _list(
        name, [f"nn.Linear({layer.n_in}, {layer.n_out}{_bias(layer.bias)})" for layer in layers]
    )


def _convolutions(name: str, blocks: Sequence[ConvStep]) -> tuple[str, ...]:
    return _list(name, [f"nn.Conv2d({b.n_in}, {b.n_out}, {_window(b)})" for b in blocks])


def _transposed(blocks: Sequence[ConvStep]) -> tuple[str, ...]:
    made = []
    for b in reversed(blocks):
        # What the strides left over at the lower and the right edge.
        over = tuple((n + 2 * b.padding - b.kernel) % b.stride for n in b.size_in)
        more = f", output_padding={over}" if any(over) else ""
        made.append(f"nn.ConvTranspose2d({b.n_out}, {b.n_in}, {_window(b)}{more})")
    return _list("decoder_blocks", made) if made else ()


def _list(name: str, made: Sequence[str]) -> tuple[str, ...]:
    return (f"self.{name} = nn.ModuleList([", *(f"    {line}," for line in made), "])")


def _window(block: ConvStep) -> str:
    stride = f", stride={block.stride}" if block.stride > 1 else ""
    padding = f", padding={block.padding}" if block.padding else ""
    return f"{block.kernel}{stride}{padding}{_bias(block.bias)}"


def _bias(bias: bool) -> str:
    return "" if bias else ", bias=False"


def _sizes(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))


def _chain(name: str, layers: Sequence[Layer]) -> tuple[str, ...]:
    return tuple(_step(layer.activation, f"self.{name}[{i}](x)") for i, layer in enumerate(layers))


def _blocks(name: str, blocks: Sequence[ConvStep]) -> tuple[str, ...]:
    lines = []
    for i, block in enumerate(blocks):
        lines.append(_step(block.activation, f"self.{name}[{i}](x)"))
        if block.pool is not None:
            pool = {"max": "max_pool2d", "mean": "avg_pool2d"}[block.pool]
            lines.append(f"x = functional.{pool}(x, {block.window})")
    return tuple(lines)


def _blocks_back(network: AutoencoderNetwork) -> tuple[str, ...]:
    """Return the lines that undo the blocks, the last one first."""
    deepest = network.blocks[-1]
    lines = [f"x = x.reshape(-1, {_sizes((deepest.n_out, *deepest.size_out))})"]
    for i, block in enumerate(reversed(network.blocks)):
        if block.pool is not None:
            size = tuple(block.size_between)
            lines.append(f'x = functional.interpolate(x, size={size}, mode="nearest")')
        last = i == len(network.blocks) - 1
        convolved = f"self.decoder_blocks[{i}](x)"
        name = network.last_activation if last else block.activation
        lines.append(_step(name, f"{convolved}.flatten(1)" if last else convolved))
    return tuple(lines)


def _step(activation: str, z: str) -> str:
    return f"x = {ACTIVATION_CODES[activation].format(z=z)}"


NETWORK_CODES: dict[type[Network], Callable[[Any], NetworkCode]] = {
    DenseNetwork: _dense,
    ConvNetwork: _conv,
    AutoencoderNetwork: _autoencoder,
    RecurrentNetwork: _recurrent,
}
"""Type of a network -> its code."""


def network_code(network: Network) -> NetworkCode:
    """Return a network as code.

    Raises:
        InputError: there is no code for networks of this kind.
    """
    code = NETWORK_CODES.get(type(network))
    if code is None:
        raise InputError(
            "export writes dense, convolutional and recurrent networks and dense or convolutional "
            "autoencoders, and this model is of another kind. Its weights are in "
            "weights.safetensors of the run's folder, under the names that 'learnscope show' lists."
        )
    return code(network)
