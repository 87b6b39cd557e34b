"""Autoencoders: dense, convolutional, denoising, sparse and variational."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from learnscope.features.base import FeatureMap
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.base import HiddenActivation, Model
from learnscope.models.blocks import Blocks, conv_steps, image_shape
from learnscope.models.network import DenseNetwork, Layer, Network
from learnscope.models.sparsity import AnySparsity
from learnscope.settings import Count, NonNegative, Settings, Share, one_as_list


class Variational(Settings):
    """What makes an autoencoder a variational one.

    The encoder gives a mean and the logarithm of a variance for each number of the code. In
    learning the code is drawn from that normal distribution, z = mean + sd e, and the sum over
    the rows of beta KL(N(mean, sd^2) || N(0, 1)) is added to the sum of their losses; both are
    then divided by the count of the loss. At prediction the code is the mean. With beta 1 and the
    loss `bce` the objective is the negative evidence lower bound; with `mse` and the reduction
    "sum" it is that of outputs with the variance 1/2.

    Source: D. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014, equation 7 and
    appendix B; beta: I. Higgins et al., "beta-VAE", ICLR 2017.

    Attributes:
        beta: weight of the divergence.
    """

    beta: NonNegative = 1.0


class Autoencoder(Model):
    """An encoder to a short code and a decoder back: the targets are the network's own inputs.

    What is reconstructed are the features, as the network sees them; the labels of the problem
    are kept to colour codes by (S4.39 to S4.45).

    Attributes:
        code: width of the code.
        hidden: widths of the encoder's hidden dense layers, from the inputs to the code.
        decoder: widths of the decoder's hidden dense layers, from the code to the outputs; left
            out, those of the encoder in reverse.
        blocks: convolution blocks before the encoder's dense layers, for images; the decoder has
            them in reverse, with transposed convolutions behind repeated pixels.
        activation: activation of the hidden layers and blocks.
        code_activation: activation of the code.
        noise: standard deviation of normal noise on the inputs in learning: a denoising
            autoencoder, whose targets stay clean.
        mask: probability with which an input is set to 0 in learning; likewise.
        sparse: penalty on the code; left out, none.
        variational: draws the code in learning; left out, it is not drawn.
    """

    kind: Literal["autoencoder"] = "autoencoder"
    code: Count = 8
    hidden: Annotated[tuple[Count, ...], BeforeValidator(one_as_list)] = ()
    decoder: Annotated[tuple[Count, ...] | None, BeforeValidator(one_as_list)] = None
    blocks: Blocks = ()
    activation: HiddenActivation = "relu"
    code_activation: HiddenActivation = "identity"
    noise: NonNegative = 0.0
    mask: Share = 0.0
    sparse: AnySparsity | None = None
    variational: Variational | None = None

    learns = "inputs"

    @model_validator(mode="after")
    def _penalties_fit(self) -> Self:
        if self.sparse is not None and self.variational is not None:
            raise ValueError(
                "sparse must be left out for a variational autoencoder, whose code has a penalty "
                "already."
            )
        if self.variational is not None and self.code_activation != "identity":
            raise ValueError(
                "code_activation must be 'identity' for a variational autoencoder, whose code is "
                f"normally distributed, got {self.code_activation!r}."
            )
        if self.sparse is not None and self.sparse.kind_name() == "kl":
            if self.code_activation != "sigmoid":
                raise ValueError(
                    "code_activation must be 'sigmoid' for the sparsity 'kl', which needs a code "
                    f"in (0, 1), got {self.code_activation!r}. Use it, or the sparsity 'l1'."
                )
        return self

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> Network:
        image = image_shape(self.kind_name(), n_inputs, shape) if self.blocks else None
        steps = () if image is None else conv_steps(self.blocks, image, self.activation, self.bias)
        flat = steps[-1].n_flat if steps else n_inputs
        encoder = self._layers((flat, *self.hidden, self.code), self.code_activation)
        last = self.activation if steps else self.output
        decoder = self._layers((self.code, *self._decoder(), flat), last)
        if not steps and self._is_plain():
            return DenseNetwork(layers=(*encoder, *decoder), code=len(encoder) - 1)
        return AutoencoderNetwork(
            n_features=n_inputs,
            image=image,
            blocks=steps,
            encoder=encoder,
            decoder=decoder,
            last_activation=self.output,
            noise=self.noise,
            mask=self.mask,
            sparse=self.sparse,
            beta=None if self.variational is None else self.variational.beta,
        )

    def hidden_activations(self) -> tuple[str, ...]:
        of_blocks = tuple(block.activation or self.activation for block in self.blocks)
        n_decoder = len(self._decoder()) + (1 if self.blocks else 0)
        return (
            *of_blocks,
            *(self.activation for _ in self.hidden),
            self.code_activation,
            *(self.activation for _ in range(n_decoder)),
            *of_blocks[:0:-1],
        )

    def sentence(self) -> str:
        words = [
            *(["convolutional"] if self.blocks else []),
            *(["denoising"] if self.noise or self.mask else []),
            *(["sparse"] if self.sparse is not None else []),
            *(["variational"] if self.variational is not None else []),
        ]
        channels = ", ".join(str(block.channels) for block in self.blocks)
        parts = [f"code {self.code}"]
        parts += [f"blocks {channels}"] if self.blocks else []
        parts += [f"hidden {', '.join(map(str, self.hidden))}"] if self.hidden else []
        return f"{' '.join([*words, 'autoencoder'])} ({'; '.join(parts)})"

    def _decoder(self) -> tuple[int, ...]:
        return self.hidden[::-1] if self.decoder is None else self.decoder

    def _layers(self, widths: tuple[int, ...], last: str) -> tuple[Layer, ...]:
        names = (*(self.activation for _ in widths[2:]), last)
        return tuple(
            Layer(n_in=a, n_out=b, activation=name, bias=self.bias)
            for a, b, name in zip(widths[:-1], widths[1:], names, strict=True)
        )

    def _is_plain(self) -> bool:
        """Whether learning does nothing but compare outputs with inputs."""
        extras = (self.noise, self.mask, self.sparse, self.variational)
        return not any(extra is not None and extra != 0 for extra in extras)
