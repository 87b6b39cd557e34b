"""Weight decay, ridge regression and the most probable weights: three names of one thing (S2.4).

Squared error is a Gaussian likelihood, weight decay a Gaussian prior. For a model that is linear
in its parameters the minimum of mean or summed squared error + λ/2 ‖θ‖² has a closed form (ridge),
and is the mean and the mode of the posterior with prior N(0, 1/δ), δ = c λ, where c is 1 / (2 σ²)
for the sum and n k / (2 σ²) for the mean. The noise σ² cancels.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.uncertainty.jacobian import flat_parameters
from learnscope.measures.uncertainty.of_member import decay_precision
from learnscope.models.network import DenseNetwork
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Solution:
    """Weights and what they cost.

    Attributes:
        theta: (p,) weights in the order of `flat_parameters`.
        sse: sum of squared errors on the training rows, in the learned units.
        norm: Euclidean length of all weights.
    """

    theta: Array
    sse: float
    norm: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MapRidge:
    """Three ways to one set of weights.

    Attributes:
        trained: what the optimiser found.
        ridge: the closed form of the penalised problem.
        map: mean of the posterior under the Gaussian prior.
        decay: λ.
        noise_variance: σ² that the posterior was written with.
    """

    trained: Solution
    ridge: Solution
    map: Solution
    decay: float
    noise_variance: float

    @property
    def apart(self) -> float:
        """Largest difference of a weight between ridge and posterior."""
        return float(np.abs(self.ridge.theta - self.map.theta).max())

    @property
    def unfinished(self) -> float:
        """Largest difference of a weight between the trained model and ridge."""
        return float(np.abs(self.trained.theta - self.ridge.theta).max())

    def sentence(self) -> str:
        """Say how near the three are."""
        return (
            f"Weight decay {self.decay:g}: trained SSE {self.trained.sse:.4g}, norm "
            f"{self.trained.norm:.4g}; ridge {self.ridge.sse:.4g}, {self.ridge.norm:.4g}; most "
            f"probable weights {self.map.sse:.4g}, {self.map.norm:.4g}. Ridge and posterior differ "
            f"by at most {self.apart:.1e} in a weight, training is {self.unfinished:.1e} away."
        )


def map_ridge_obstacle(trained: Trained) -> str:
    """Say why a member has no closed form; "" where it has one."""
    member, training = trained.member, trained.member.experiment.training
    network = member.network
    layers = network.layers if isinstance(network, DenseNetwork) else ()
    if [layer.activation for layer in layers] != ["identity"]:
        return "ridge is for models that are linear in their weights: linear or polynomial."
    if training.loss.kind_name() != "mse" or member.head.task != "regression":
        return f"ridge needs numbers and the loss mse, got {training.loss.kind_name()!r}."
    if not training.weight_decay:
        return "ridge needs weight decay: --training.weight_decay 0.01."
    return ""


def map_ridge(trained: Trained, *, noise_variance: float = 1.0) -> MapRidge:
    """Return the trained, the ridge and the most probable weights of a member.

    Args:
        trained: a linear or polynomial model with mse and weight decay.
        noise_variance: σ² that the posterior is written with; it cancels.

    Raises:
        InputError: there is no closed form.
    """
    if text := map_ridge_obstacle(trained):
        raise InputError(text)
    member = trained.member
    assert isinstance(member.network, DenseNetwork)
    examples, layer = member.parts["train"], member.network.layers[0]
    x, y = examples.x.astype(np.float64), examples.y.astype(np.float64)
    design = np.column_stack((x, np.ones(len(x)))) if layer.bias else x
    theta = flat_parameters(member.network, trained.result.parameters)
    bias = layer.bias
    return MapRidge(
        trained=_solution(theta, design, y, bias),
        ridge=_solution(_ridge(trained, design, y), design, y, bias),
        map=_solution(_posterior_mean(trained, design, y, noise_variance), design, y, bias),
        decay=member.experiment.training.weight_decay,
        noise_variance=noise_variance,
    )


def _ridge(trained: Trained, design: Array, y: Array) -> Array:
    """Return the minimum of the penalised problem, as least squares with rows added.

    The rows sqrt(λ / 2 c) e_j with target 0 add the penalty, c = 1 for summed squares and 1 / n k
    for their mean; solving so keeps the digits that normal equations of high powers would lose.
    """
    training = trained.member.experiment.training
    summed = training.loss.model_dump().get("reduction") == "sum"
    strength = np.full(
        design.shape[1], np.sqrt(training.weight_decay / 2 * (1 if summed else y.size))
    )
    if _has_bias(trained) and not training.decay_biases:
        strength[-1] = 0.0
    rows = np.vstack((design, np.diag(strength)))
    target = np.vstack((y, np.zeros((design.shape[1], y.shape[1]))))
    return _flattened(np.linalg.lstsq(rows, target, rcond=None)[0], _has_bias(trained))


def _posterior_mean(trained: Trained, design: Array, y: Array, noise: float) -> Array:
    """Return the mean of the posterior: (Φ^T Φ / σ² + diag δ)^-1 Φ^T y / σ² for each target."""
    precision, bias = decay_precision(trained, noise), _has_bias(trained)
    width = design.shape[1] - bias
    # Every target has the same prior; its weights come first, the biases of all targets last.
    delta = np.concatenate((precision[:width], precision[-1:] if bias else []))
    theta = np.linalg.solve(design.T @ design / noise + np.diag(delta), design.T @ y / noise)
    return _flattened(theta, bias)


def _has_bias(trained: Trained) -> bool:
    return "layers.0.bias" in trained.member.network.shapes()


def _flattened(theta: Array, bias: bool) -> Array:
    """Return weights (width, k) in the order of the network: all weights, then the biases."""
    if not bias:
        return theta.T.ravel()
    return np.concatenate((theta[:-1].T.ravel(), theta[-1]))


def _solution(theta: Array, design: Array, y: Array, bias: bool) -> Solution:
    k = y.shape[1]
    weights = theta[: len(theta) - k * bias].reshape(k, -1).T
    w = np.vstack((weights, theta[-k:])) if bias else weights
    return Solution(
        theta=theta,
        sse=float(np.square(design @ w - y).sum()),
        norm=float(np.linalg.norm(theta)),
    )
