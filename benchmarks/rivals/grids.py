"""The spirals of S0.17 over rates, noises and seeds as people write it without learnscope.

Each function trains some members, two at a time, and returns how many. A member is a network
2-8-8-8-1 with ReLU, trained for 1,000 full-batch steps of Adam on 140 of 200 points, and its
accuracy on the other 60.
"""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn

EPOCHS = 1000
RATES = (1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2)
NOISES = (0.25, 0.5, 1.0, 2.0)
Member = tuple[float, float, int]


def spirals(noise: float, seed: int) -> tuple[torch.Tensor, ...]:
    """Return training and test rows of one draw."""
    g = torch.Generator().manual_seed(seed)
    angle = 2 * math.pi * torch.rand(100, generator=g).sqrt()
    radius = 2 * angle + math.pi / 2
    arm = torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1)
    x = torch.cat((arm, -arm)) + noise * torch.randn(200, 2, generator=g)
    y = torch.arange(2.0).repeat_interleave(100)[:, None]
    order = torch.randperm(200, generator=g)
    return x[order[:140]], y[order[:140]], x[order[140:]], y[order[140:]]


def one(member: Member) -> float:
    """Train a member with PyTorch in one thread and return its test accuracy."""
    rate, noise, seed = member
    torch.set_num_threads(1)
    x, y, x_test, y_test = spirals(noise, seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    loss_fn = nn.MSELoss()
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()
    with torch.no_grad():
        return float(((model(x_test) > 0.5) == (y_test > 0.5)).float().mean())


def members(n: int) -> list[Member]:
    """Return n members, all rates and noises for each seed."""
    seeds = -(-n // (len(RATES) * len(NOISES)))
    return [(r, s, seed) for seed in range(seeds) for r in RATES for s in NOISES][:n]


def with_joblib(n: int) -> int:
    """Joblib and PyTorch, in two processes."""
    from joblib import Parallel, delayed

    with _waited_for():
        return len(Parallel(n_jobs=2)(delayed(one)(member) for member in members(n)))


def with_optuna(n: int) -> int:
    """Optuna's GridSampler and PyTorch: two processes at one study in SQLite, one trial a member.

    Optuna's own `n_jobs` are threads, which would wait for each other at every step.
    """
    import optuna
    from joblib import Parallel, delayed

    with tempfile.TemporaryDirectory() as folder, _waited_for():
        url = f"sqlite:///{Path(folder) / 'study.db'}"
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        optuna.create_study(study_name="grid", storage=url, direction="maximize")
        shares = (n // 2, n - n // 2)
        Parallel(n_jobs=2)(delayed(_trials)(url, n, share) for share in shares)
        trials = optuna.load_study(study_name="grid", storage=url).trials
        return sum(trial.state.is_finished() for trial in trials)


def _trials(url: str, n: int, share: int) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    seeds = -(-n // (len(RATES) * len(NOISES))) + 1  # two processes may take one place of the grid
    places = {"rate": RATES, "noise": NOISES, "seed": range(seeds)}
    sampler = optuna.samplers.GridSampler({word: list(v) for word, v in places.items()})

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("rate", min(RATES), max(RATES))
        noise = trial.suggest_float("noise", min(NOISES), max(NOISES))
        return one((rate, noise, trial.suggest_int("seed", 0, seeds - 1)))

    study = optuna.load_study(study_name="grid", storage=url, sampler=sampler)
    study.optimize(objective, n_trials=share)


@contextmanager
def _waited_for() -> Iterator[None]:
    """End joblib's processes in the end and wait for them, so that their time is counted."""
    from joblib.externals.loky import get_reusable_executor

    try:
        yield
    finally:
        get_reusable_executor().shutdown(wait=True)


def with_scikit_learn(n: int) -> int:
    """GridSearchCV and MLPClassifier in two processes, one search for each noise."""
    seeds = -(-n // (len(RATES) * len(NOISES)))
    with _waited_for():
        return sum(_search(noise, seeds) for noise in NOISES)


def _search(noise: float, seeds: int) -> int:
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    from sklearn.neural_network import MLPClassifier

    x, y, x_test, y_test = (a.numpy() for a in spirals(noise, 0))
    model = MLPClassifier(
        (8, 8, 8), alpha=0, batch_size=140, max_iter=EPOCHS, tol=0, n_iter_no_change=EPOCHS
    )
    search = GridSearchCV(
        model,
        {"learning_rate_init": list(RATES), "random_state": list(range(seeds))},
        cv=PredefinedSplit([-1] * len(x) + [0] * len(x_test)),
        n_jobs=2,
        refit=False,
    )
    search.fit(np.concatenate((x, x_test)), np.concatenate((y, y_test)).ravel())
    return len(search.cv_results_["params"])
