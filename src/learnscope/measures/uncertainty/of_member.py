"""Laplace's approximation of a trained member: prior from its weight decay, its own units."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.uncertainty.laplace import Laplace, laplace
from learnscope.models.network import DenseNetwork
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MemberLaplace:
    """The distribution about a member's weights, and what it says for raw inputs.

    Attributes:
        trained: the member.
        weights: the distribution of its weights.
        prior: where the prior precision is from, in words.
    """

    trained: Trained
    weights: Laplace
    prior: str

    def band(self, x: Array, *, noise: bool = True) -> tuple[Array, Array]:
        """Return mean and standard deviation (m, k) for raw inputs (m, d), in the target's units.

        Args:
            x: raw inputs.
            noise: include the noise of new targets; else that of the function alone.
        """
        member = self.trained.member
        sd = self.weights.sd(member.chain.apply(x), noise=noise)
        scale = np.asarray(member.head.scale or 1.0)
        return np.asarray(self.trained.output(x), dtype=np.float64), sd * scale

    def shares(self, x: Array) -> Array:
        """Return the belief (m, c) in each class for raw inputs, see `Laplace.shares`."""
        return self.weights.shares(self.trained.member.chain.apply(x))

    def sentence(self) -> str:
        """Say how many weights the data determine, the noise and the prior."""
        w = self.weights
        noise = (
            ""
            if w.noise_variance is None
            else f", noise of standard deviation {self.noise_sd():.3g}"
        )
        return (
            f"The data determine {w.effective:.1f} of the {len(w.covariance)} weights{noise}; the "
            f"prior has the precision {float(np.median(w.prior_precision)):.3g} ({self.prior}); "
            f"log evidence {w.log_evidence:.4g}."
        )

    def noise_sd(self) -> float:
        """Return the standard deviation of the noise in the units of the (first) target."""
        scale = self.trained.member.head.scale or (1.0,)
        return float(np.sqrt(self.weights.noise_variance or 0.0) * scale[0])


def member_laplace(
    trained: Trained,
    *,
    prior_precision: float | None = None,
    noise_variance: float | None = None,
) -> MemberLaplace:
    """Return Laplace's approximation of a member on its training rows.

    Args:
        trained: a dense member with the loss mse (numbers), bce_logits or cross_entropy.
        prior_precision: δ of all weights; left out, that of the weight decay, or, without decay,
            the one with the most evidence.
        noise_variance: of the learned numbers; left out, estimated.

    Raises:
        InputError: the network is not dense, or the loss is no likelihood that is known here.
    """
    member = trained.member
    if text := laplace_obstacle(trained):
        raise InputError(text)
    assert isinstance(member.network, DenseNetwork)
    is_class = member.head.task == "classification"
    examples = member.parts["train"]
    prior: Array | float | None = prior_precision
    words = "as given"
    decay = member.experiment.training.weight_decay
    if prior is None and decay:
        first = laplace(
            member.network, trained.result.parameters, examples.x, examples.y,
            is_class=is_class, prior_precision=None, noise_variance=noise_variance,
        )  # fmt: skip
        noise_variance = noise_variance or first.noise_variance
        prior, words = decay_precision(trained, noise_variance), f"from the weight decay {decay:g}"
    elif prior is None:
        words = "the one with the most evidence"
    weights = laplace(
        member.network, trained.result.parameters, examples.x, examples.y,
        is_class=is_class, prior_precision=prior, noise_variance=noise_variance,
    )  # fmt: skip
    return MemberLaplace(trained=trained, weights=weights, prior=words)


def laplace_obstacle(trained: Trained) -> str:
    """Say why a member has no approximation; "" where it has one."""
    member, loss = trained.member, trained.member.experiment.training.loss.kind_name()
    if not isinstance(member.network, DenseNetwork):
        return "laplace is for dense networks, and this one is not. Use 'ensemble'."
    if loss not in ("mse", "bce_logits", "cross_entropy") or (
        loss == "mse" and member.head.task == "classification"
    ):
        return (
            "laplace needs the loss mse for numbers, bce_logits or cross_entropy for classes, got "
            f"{loss!r}: others are no likelihood that it knows."
        )
    if loss != "mse" and member.network.layers[-1].activation != "identity":
        return "laplace needs scores of classes: --model.output identity."
    return ""


def decay_precision(trained: Trained, noise_variance: float | None) -> Array:
    """Return the prior precision (p,) whose posterior the training with weight decay maximises.

    Training makes L + λ/2 |θ|² small. A likelihood's -ln is a factor c times L: c = n for a mean
    over n rows of -ln p, n k / (2 σ²) for the mean of squares over n rows and k targets, 1 and
    1 / (2 σ²) for sums; so δ = c λ, and 0 for biases that are spared.
    """
    training, member = trained.member.experiment.training, trained.member
    summed = training.loss.model_dump().get("reduction") == "sum"
    count = 1 if summed else len(member.parts["train"].y)
    if member.head.task == "regression":
        k = 1 if summed else member.network.n_outputs
        factor = count * k / (2 * (noise_variance or 1.0))
    else:
        factor = float(count)
    parts = []
    for name, shape in member.network.shapes().items():
        spared = name.endswith(".bias") and not training.decay_biases
        parts.append(
            np.full(int(np.prod(shape)), 0.0 if spared else factor * training.weight_decay)
        )
    return np.concatenate(parts)
