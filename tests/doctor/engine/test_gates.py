"""Gates that keep sound programs silent, each against a figure worked out elsewhere."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.datasets import load_iris
from torch import Tensor, nn

import learnscope as ls
from learnscope.doctor.case import Case
from learnscope.doctor.clock import BUSY, Deadline
from learnscope.doctor.rules.columns import _is_cut
from learnscope.doctor.rules.init import InitScale
from learnscope.doctor.rules.outliers import _distance
from learnscope.doctor.rules.rows import InputIgnored
from learnscope.doctor.rules.scales import UnscaledInput
from learnscope.doctor.rules.split import TrainTestLeak, _by_chance, _drifts
from learnscope.doctor.setup import make_setup
from tests.doctor.engine.programs import network, numbers, program, rows


def case(**arguments: object) -> Case:
    return Case(make_setup(**arguments), Deadline.after(8.0))  # type: ignore[arg-type]


def iris_split(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    X, Y = torch.tensor(x[order]).float(), torch.tensor(y[order])
    return X[:105], Y[:105], X[105:], Y[105:]


def test_the_two_equal_rows_of_iris_are_no_leak() -> None:
    """Rows 101 and 142 are equal: a random split with 45 test rows parts them in 42 % of cases."""
    parted = 0
    for seed in range(12):
        X, y, X_test, y_test = iris_split(seed)
        parted += bool((X_test[:, None] == X[None]).all(dim=2).any())
        model = nn.Linear(4, 3)
        told = TrainTestLeak().look(
            case(model=model, X=X, y=y, X_test=X_test, y_test=y_test, seed=0, epochs=1,
                 loss=nn.functional.cross_entropy, batch_size=16, shuffle=True,
                 optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
        )  # fmt: skip
        assert told == []
    assert 0 < parted < 12


@pytest.mark.parametrize("k, expected", [(1, 1 - 0.58), (5, 0.42**5)])
def test_chance_of_pairs_on_both_sides(k: int, expected: float) -> None:
    assert _by_chance(k, 0, 0.3) == pytest.approx(expected)


def test_a_tenth_of_the_test_rows_trained_on_is_a_leak() -> None:
    arguments = program()
    arguments["X"] = torch.cat([arguments["X"], arguments["X_test"][:12]])
    arguments["y"] = torch.cat([arguments["y"], arguments["y_test"][:12]])
    (told,) = TrainTestLeak().look(case(**arguments, shuffle=True, seed=0))
    assert told.rows == tuple(range(12))


def test_margin_of_an_r2_is_two_standard_errors_as_simulated() -> None:
    """R2 of answers y + e: its sd over draws against half of the margin."""
    draws, n = np.random.default_rng(0), 60
    found = []
    for _ in range(4000):
        y, x = draws.normal(size=(2, n))
        target = math.sqrt(0.5) * y + math.sqrt(0.5) * x  # R2 of the answer sqrt(.5) y is 0.5
        found.append(stats.pearsonr(y, target).statistic ** 2)
    margin = case(**numbers(X_test=rows(n)[0], y_test=torch.randn(n, 1)), shuffle=True, seed=0)
    assert margin.margin(0.5) / 2 == pytest.approx(np.std(found), rel=0.1)


def test_recurrent_weights_of_pytorch_are_of_the_usual_size_whatever_the_inputs() -> None:
    """U(-1/sqrt(h), 1/sqrt(h)) is 0.41 of He's with h in place of the fan-in."""
    from learnscope.doctor.rules.init import _ratios

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(1, 24, batch_first=True)
            self.out = nn.Linear(24, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(self.gru(x[:, :, None])[0][:, -1])  # type: ignore[no-any-return]

    made = case(**program(Net()), shuffle=True, seed=0)
    found = _ratios(made)
    assert found["gru.weight_ih_l0"] == pytest.approx(1 / math.sqrt(6), rel=0.15)
    assert found["gru.weight_hh_l0"] == pytest.approx(1 / math.sqrt(6), rel=0.05)
    assert InitScale().look(made) == []


def test_first_loss_far_above_that_of_a_constant_answer() -> None:
    model = network(1)
    with torch.no_grad():
        list(model.parameters())[2].mul_(4000.0)
    arguments = numbers(model=model)
    arguments["optimizer"] = torch.optim.Adam(model.parameters(), lr=0.02)
    (told,) = InitScale().look(case(**arguments, shuffle=True, seed=0))
    assert "too large" in told.title


def test_pixels_have_one_unit_and_columns_of_a_table_do_not() -> None:
    """A corner that is nearly always empty has a tiny sd; so has a column in kilometres."""
    draws = torch.Generator().manual_seed(0)
    pixels = torch.rand(240, 16, generator=draws)
    pixels[:, 0] = (torch.arange(240) == 3).float() * 0.01
    pixels[5] = 0.0
    table = torch.randn(240, 16, generator=draws)
    table[:, 0] *= 1000.0
    model = nn.Linear(16, 2)
    for x, n in ((pixels, 0), (table, 1)):
        arguments = program(model) | {"X": x, "X_test": x[:120]}
        assert len(UnscaledInput().look(case(**arguments, shuffle=True, seed=0))) == n


def test_far_targets_are_counted_in_robust_sd() -> None:
    """For a normal law 1.4826 times the median deviation is the sd."""
    y = torch.randn(20001, 1, generator=torch.Generator().manual_seed(0))
    y[0] = 30.0
    assert float(_distance(y)[0]) == pytest.approx(30.0, rel=0.05)
    assert float(_distance(torch.tensor([[1.0], [1.0], [1.0], [9.0]])).max()) == 0.0


def test_lost_decimal_points_are_named_and_leaving_them_out_cures() -> None:
    arguments = numbers()
    y = arguments["y"].clone()
    y[::15] = 100 * (y[::15].abs() + 1)
    found = ls.diagnose(**(arguments | {"y": y}), budget=6.0).findings[0]
    assert found.slug == "label-noise"
    assert 0 in found.rows
    assert found.fix is not None
    assert len(found.fix().X) == 240 - 16


def test_a_plain_tensor_that_is_used_becomes_a_parameter_that_learns() -> None:
    class Bare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(4, 24)
            self.weights = [torch.zeros(2, 24, requires_grad=True)]

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.first(x)) @ self.weights[0].T

    found = ls.diagnose(**program(Bare()), budget=6.0).findings[0]
    assert found.slug == "unregistered-parameters"
    assert found.trial is not None
    assert found.trial.after > found.trial.before + 0.2


def test_what_is_poor_on_its_own_rows_does_not_know_them_by_heart() -> None:
    told = [f.slug for f in ls.diagnose(**program(lr=1e-7), budget=6.0).findings]
    assert "overfitting" not in told


def test_a_budget_ends_though_the_thread_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    end = Deadline.after(4.0)
    assert 3.0 < end.left <= 4.0
    monkeypatch.setattr("time.perf_counter", lambda: end.passing - BUSY * 4.0 + 4.5)
    assert end.left == pytest.approx(0.5)


def test_steps_left_over_by_strides_are_not_ignored_by_mistake() -> None:
    """64 samples, windows of 7 at steps of 2: the last starts at 56 and ends at 62, one is left."""
    draws = torch.Generator().manual_seed(0)
    x, y = torch.randn(80, 1, 64, generator=draws), torch.arange(80) % 2

    def told(stride: int, model: nn.Module) -> int:
        arguments = program(model) | {"X": x, "y": y, "X_test": x[:20], "y_test": y[:20]}
        return len(InputIgnored().look(case(**arguments, shuffle=True, seed=0)))

    class Slice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(32, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(x[:, 0, :32])  # type: ignore[no-any-return]

    strided = nn.Sequential(
        nn.Conv1d(1, 4, 7, 2), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    assert told(2, strided) == 0
    assert told(1, Slice()) == 1


def test_a_series_with_a_trend_drifts_and_a_shuffled_one_does_not() -> None:
    rows = torch.arange(90.0)[:, None] + torch.randn(90, 3, generator=torch.Generator())
    shuffled = rows[torch.randperm(90, generator=torch.Generator().manual_seed(1))]
    gap = torch.full((3,), 60.0)
    assert _drifts(rows, gap, torch.arange(3))
    assert not _drifts(rows, -gap, torch.arange(3))
    assert not _drifts(shuffled, gap, torch.arange(3))


def test_a_number_cut_in_two_and_a_column_made_from_the_classes() -> None:
    draws = np.random.default_rng(0)
    number = draws.normal(size=2000)
    assert _is_cut(number, (number > 1.4).astype(int))
    ids = draws.integers(0, 2, 2000)
    assert not _is_cut(ids + 0.1 * draws.normal(size=2000), ids)
    # Filled in after the fact: 0 before, days after.
    assert not _is_cut(ids * draws.exponential(size=2000), ids)
    assert not _is_cut(ids * (1 + draws.exponential(size=2000)) + 0.01 * number, ids)
