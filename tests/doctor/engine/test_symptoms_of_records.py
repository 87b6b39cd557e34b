"""What is read from a record that was written by hand, and how sure it is said to be."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from learnscope.doctor.choosing import Tried, finding_of
from learnscope.doctor.record import Record
from learnscope.doctor.rules.base import Suspicion
from learnscope.doctor.rules.metric import WrongMetric
from learnscope.doctor.rules.oscillation import Oscillation
from learnscope.doctor.rules.regularisation import Dropout
from learnscope.doctor.rules.scales import UnscaledInput
from learnscope.doctor.setup import Setup
from learnscope.doctor.trial import Outcome, Trials
from tests.doctor.engine.looking import case_of, looked, measured
from tests.doctor.engine.programs import network, program


def scored(scores: list[float]) -> Record:
    rows = tuple((float(i), s, s, 1.0) for i, s in enumerate(scores))
    return Record(losses=(1.0,), progress=rows, scores={"train": scores[-1]})


def test_a_score_that_jumps_and_by_how_much() -> None:
    record = scored([0.5] * 6 + [0.8, 0.6, 0.8, 0.6, 0.8, 0.6])
    (found,) = looked(Oscillation(), program(), record)
    assert measured(found, "median step") == pytest.approx(0.2)
    assert measured(found, "turns around") == 1.0


@pytest.mark.parametrize(
    "late",
    [[0.80, 0.82, 0.79, 0.81, 0.80, 0.82], [0.5, 0.56, 0.62, 0.68, 0.74, 0.8], [0.8] * 6],
    ids=["noise", "rises", "rests"],
)
def test_noise_progress_and_rest_are_no_oscillation(late: list[float]) -> None:
    assert looked(Oscillation(), program(), scored([0.5] * 6 + late)) == []


def test_accuracy_of_which_a_constant_answer_has_as_much() -> None:
    given = program()
    y_test = torch.zeros(len(given["X_test"]), dtype=torch.long)
    y_test[:12] = 1  # of 120
    record = Record(losses=(1.0,), scores={"train": 0.9, "test": 0.9, "test_balanced": 0.5})
    (found,) = looked(WrongMetric(), given | {"y_test": y_test}, record)
    assert found.severity == "note"
    assert measured(found, "always answering") == pytest.approx(0.9)
    told = Record(losses=(1.0,), scores={"train": 0.99, "test": 0.98, "test_balanced": 0.95})
    assert looked(WrongMetric(), given | {"y_test": y_test}, told) == []
    assert looked(WrongMetric(), given, record) == []


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 24), nn.Linear(24, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.a(x))
        return self.b(F.dropout(x, 0.95, training=self.training))  # type: ignore[no-any-return]


def test_functional_dropout_is_seen_and_lowered() -> None:
    model = Functional()
    given = program(model)
    (found,) = looked(Dropout(), given)
    assert measured(found, "probability") == 0.95
    _, apply = found.changes[1]
    mended = apply(case_of(given).setup.copy()).model.train()
    x = given["X"][:9]
    # Without dropout two passes in training mode are the same.
    assert torch.equal(mended(x), mended(x))
    assert not torch.equal(model.train()(x), model(x))


def test_rows_that_were_standardised_in_the_place_of_columns() -> None:
    units = torch.tensor([1.0, 20.0, 300.0, 5.0])
    x = torch.rand(240, 4, generator=torch.Generator().manual_seed(0)) * units + 9 * units
    across = (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)
    (found,) = looked(UnscaledInput(), program() | {"X": across, "X_test": across[:120]})
    assert "Each row has mean 0 and sd 1" in found.title
    (found,) = looked(UnscaledInput(), program() | {"X": x, "X_test": x[:120]})
    assert "row" not in found.title


def suspicion() -> Suspicion:
    return Suspicion(slug="lr-too-low", title="", evidence=(), why="", changes=())


def outcome(before: tuple[float, ...], after: tuple[float, ...]) -> Outcome:
    return Outcome(change="Change it.", apply=lambda s: s, before=before, after=after, epochs=3)


def confidence(found: Outcome | None) -> str:
    tried = Tried(suspicion=suspicion(), outcome=found)
    return finding_of(case_of(program(), scored([0.5])), tried, 0.4, exact=False).confidence


def test_only_two_seeds_confirm() -> None:
    assert confidence(outcome((0.5, 0.5), (0.9, 0.8))) == "confirmed"
    assert confidence(outcome((0.5,), (0.9,))) == "likely"
    assert confidence(outcome((0.5, 0.5), (0.9, 0.5))) == "likely"
    assert confidence(None) == "possible"


def test_trials_end_where_two_changes_in_a_row_are_in_vain() -> None:
    asked: list[int] = []

    def change(number: int) -> tuple[str, Any]:
        def apply(setup: Setup) -> Setup:
            asked.append(number)
            return setup

        return f"change {number}", apply

    case = case_of(program(network(), epochs=1))
    found = Trials(case).run(tuple(change(i) for i in range(5)))
    assert asked == [0, 1]
    assert found is not None
    assert found.gain == 0
