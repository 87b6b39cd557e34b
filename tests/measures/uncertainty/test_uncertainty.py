import functools
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.linear_model import BayesianRidge, LogisticRegression

from learnscope.errors import InputError
from learnscope.measures.refit import fit
from learnscope.measures.uncertainty.ensemble import combine, ensemble, entropy
from learnscope.measures.uncertainty.jacobian import flat_parameters, jacobian
from learnscope.measures.uncertainty.laplace import laplace
from learnscope.measures.uncertainty.of_member import member_laplace
from learnscope.models.network import DenseNetwork, Layer
from learnscope.trained import Trained
from learnscope.training.member import prepare
from tests.measures.by_hand import experiment


def network(*widths: int, activation: str = "tanh", bias: bool = True) -> DenseNetwork:
    last = len(widths) - 2
    return DenseNetwork(
        layers=tuple(
            Layer(n_in=a, n_out=b, activation="identity" if i == last else activation, bias=bias)
            for i, (a, b) in enumerate(pairwise(widths))
        )
    )


def drawn(net: DenseNetwork, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in net.shapes().items()}


@pytest.mark.parametrize("activation", ["tanh", "relu", "silu", "gelu", "sin", "sigmoid"])
@pytest.mark.parametrize("bias", [True, False])
def test_jacobian_is_pytorchs(activation: str, bias: bool) -> None:
    net = network(3, 5, 4, 2, activation=activation, bias=bias)
    weights, x = drawn(net), np.random.default_rng(1).normal(size=(6, 3))
    out, j = jacobian(net, weights, x)
    module = net.module("float64")
    tensors = {k: torch.tensor(v) for k, v in weights.items()}
    inputs = torch.tensor(x)

    def one(parameters: dict[str, torch.Tensor], row: torch.Tensor) -> torch.Tensor:
        found = torch.func.functional_call(module, parameters, (row[None],))
        assert isinstance(found, torch.Tensor)
        return found[0]

    names = [k for k, _ in module.named_parameters()]
    ours = dict(zip(names, (tensors[k] for k in net.shapes()), strict=True))
    known = torch.func.vmap(torch.func.jacrev(one), in_dims=(None, 0))(ours, inputs)
    flat = torch.cat([known[k].reshape(6, 2, -1) for k in names], dim=2)
    assert j == pytest.approx(flat.numpy(), abs=1e-10)
    assert out == pytest.approx(net.output(weights, x))


def test_of_a_linear_model_it_is_bayesian_linear_regression() -> None:
    rng = np.random.default_rng(2)
    net = network(3, 1)
    x, delta, sigma2 = rng.normal(size=(20, 3)), 0.7, 0.3
    y = rng.normal(size=(20, 1))
    design = np.column_stack((x, np.ones(20)))
    # Closed form: C. M. Bishop, "Pattern recognition and machine learning", 2006, (3.53) to (3.59).
    cov = np.linalg.inv(design.T @ design / sigma2 + delta * np.eye(4))
    mean = cov @ design.T @ y / sigma2
    weights = {"layers.0.weight": mean[:3].T, "layers.0.bias": mean[3]}
    found = laplace(
        net, weights, x, y, is_class=False, prior_precision=delta, noise_variance=sigma2
    )
    assert found.covariance == pytest.approx(cov)
    new = rng.normal(size=(7, 3))
    wide = np.column_stack((new, np.ones(7)))
    assert found.sd(new, noise=True)[:, 0] ** 2 == pytest.approx(
        np.einsum("np,pq,nq->n", wide, cov, wide) + sigma2
    )
    # The marginal likelihood of the targets is N(0, sigma2 I + Phi Phi^T / delta).
    whole = sigma2 * np.eye(20) + design @ design.T / delta
    _, log_det = np.linalg.slogdet(whole)
    known = -0.5 * (y.T @ np.linalg.solve(whole, y))[0, 0] - 0.5 * log_det - 10 * np.log(2 * np.pi)
    assert found.log_evidence == pytest.approx(known)


def test_prior_and_noise_by_evidence_are_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 4))
    y = x @ np.array([1.0, -2.0, 0.5, 0.0]) + rng.normal(0, 0.5, 60)
    known = BayesianRidge(
        max_iter=1000, tol=1e-10, fit_intercept=False,
        alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0,
    ).fit(x, y)  # fmt: skip
    net = network(4, 1, bias=False)
    weights = {"layers.0.weight": known.coef_[None]}
    found = laplace(net, weights, x, y[:, None], is_class=False, prior_precision=None)
    # One pass of our updates at its fixed weights ends where its own passes end.
    assert found.noise_variance == pytest.approx(1 / known.alpha_, rel=1e-4)
    assert found.prior_precision[0] == pytest.approx(known.lambda_, rel=1e-4)
    assert found.covariance == pytest.approx(known.sigma_, rel=1e-3, abs=1e-7)


def test_of_logistic_regression_it_is_the_hessian() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(80, 2))
    y = (x[:, 0] + 0.5 * rng.normal(size=80) > 0).astype(np.int64)
    c = 2.0
    fitted = LogisticRegression(C=c, fit_intercept=False, tol=1e-10).fit(x, y)
    weights = {"layers.0.weight": fitted.coef_}
    p = fitted.predict_proba(x)[:, 1]
    known = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + np.eye(2) / c)
    net = network(2, 1, bias=False)
    found = laplace(net, weights, x, y[:, None], is_class=True, prior_precision=1 / c)
    assert found.covariance == pytest.approx(known)
    # Two scores whose difference is that one have the same curvature along it.
    two = {"layers.0.weight": np.vstack((np.zeros(2), fitted.coef_))}
    both = laplace(network(2, 2, bias=False), two, x, y, is_class=True, prior_precision=1 / c)
    block = np.linalg.inv(both.covariance) - np.eye(4) / c
    assert block[2:, 2:] == pytest.approx(np.linalg.inv(known) - np.eye(2) / c)
    # Far from the data beliefs fall towards one half.
    far = np.array([[50.0, -50.0]])
    assert found.shares(far).max() < 1 / (1 + np.exp(-abs(far @ fitted.coef_[0])))


def test_flat_directions_are_refused() -> None:
    net = network(2, 1)
    x = np.ones((5, 2))
    with pytest.raises(InputError, match="held neither by the data nor by the prior"):
        laplace(net, drawn(net), x, np.zeros((5, 1)), is_class=False, prior_precision=0.0,
                noise_variance=1.0)  # fmt: skip


@functools.cache
def gap_run(seeds: int) -> list[Trained]:
    settings = experiment(
        problem={"kind": "xsin10x", "seed": 0}, seeds=seeds,
        model={"kind": "mlp", "hidden": [8], "activation": "tanh"},
        training={"loss": {"kind": "mse", "reduction": "sum"}, "lr": 1e-2, "epochs": 4000,
                  "weight_decay": 1e-3, "precision": "float64", "split": {"test": 0}},
    )  # fmt: skip
    return fit([prepare(settings, seed) for seed in settings.root_seeds()])


def test_the_band_widens_in_the_gap() -> None:
    # S2.1: rows 9 to 13 of 20 on [0, 1] are removed, 0.474 to 0.684.
    t = gap_run(4)[0]
    found = member_laplace(t)
    rows = np.sort(t.member.sample.x[:, 0])
    gap = np.linspace(0.45, 0.70, 11)[3:8]
    assert not ((rows > 0.46) & (rows < 0.70)).any()
    _, inside = found.band(gap[:, None], noise=False)
    _, at_rows = found.band(rows[:, None], noise=False)
    # Several times as wide in the middle of the gap as in the middle of the rows.
    assert inside.mean() > 2 * np.median(at_rows)
    # S2.1: the noise has standard deviation 0.1; 15 rows minus the determined weights fix it badly.
    assert 0.03 < found.noise_sd() < 0.3


def test_an_ensemble_differs_more_in_the_gap() -> None:
    run = gap_run(4)
    rows = run[0].member.sample.x
    gap = np.linspace(0.52, 0.64, 9)[:, None]
    inside, at = (ensemble(run, x).sd.mean() for x in (gap, rows))
    assert inside > 2 * at


def test_ensemble_by_hand() -> None:
    answers = np.array([[[0.9, 0.1]], [[0.1, 0.9]]])
    found = combine(answers, is_class=True)
    assert found.mean.tolist() == [[0.5, 0.5]]
    # Sure and opposite: nearly all of ln 2 is disagreement.
    assert found.total[0] == pytest.approx(np.log(2))
    h = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert found.between[0] == pytest.approx(np.log(2) - h)
    assert entropy(np.array([1.0, 0.0])) == pytest.approx(0)
    assert combine(np.array([[[1.0]], [[3.0]]]), is_class=False).sd[0, 0] == pytest.approx(
        np.sqrt(2)
    )
    with pytest.raises(InputError, match="an ensemble needs at least 2 members, got 1"):
        ensemble(gap_run(4)[:1], np.zeros((1, 1)))


def test_parameters_are_flat_in_the_order_of_the_layers() -> None:
    net = network(2, 3, 1)
    weights = drawn(net)
    flat = flat_parameters(net, weights)
    assert flat[:6] == pytest.approx(weights["layers.0.weight"].ravel())
    assert flat[6:9] == pytest.approx(weights["layers.0.bias"])
