import numpy as np
import torch

import learnscope as ls
from learnscope.catalogue import named
from learnscope.measures.gradient_noise import relative_noise, row_gradients


def test_the_mean_of_the_rows_gradients_is_the_gradient_of_all_rows() -> None:
    trained = ls.train(named("tanh_regression").override({"training.epochs": 0})).trained[0]
    part, first = trained.member.parts["train"], trained.member.initial
    w = {name: torch.tensor(p, requires_grad=True) for name, p in first.items()}
    x, y = (torch.tensor(a, dtype=torch.float64) for a in (part.x, part.y))
    hidden = torch.tanh(x @ w["layers.0.weight"].T + w["layers.0.bias"])
    output = hidden @ w["layers.1.weight"].T + w["layers.1.bias"]
    grads = torch.autograd.grad(((output - y) ** 2).mean(), list(w.values()))
    whole = torch.cat([g.reshape(-1) for g in grads]).numpy()
    np.testing.assert_allclose(row_gradients(trained).mean(axis=0), whole, atol=1e-12)


def test_the_error_falls_with_the_root_of_the_batch() -> None:
    settings = {"training.epochs": 0, "problem.n": 60, "model.hidden": [8]}
    trained = ls.train(named("digits_dense").override(settings)).trained[0]
    found = relative_noise(trained, (1, 4, 16), draws=4000, seed=0)
    # An sd from 4000 draws of a heavy-tailed square is known to about 2 %.
    np.testing.assert_allclose(found * np.sqrt([1, 4, 16]), found[0], rtol=0.06)
