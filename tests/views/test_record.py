import numpy as np

from learnscope.features.standardise import Standardise
from learnscope.models import Linear
from learnscope.views.record import choose, count, members, seed_list
from tests.views.members import Cloud, drawn, experiment, history, trained


def test_texts_come_from_the_settings() -> None:
    t = trained(experiment(Cloud(n=40), Linear(), loss="mse", features=(Standardise(),)))
    _, record = members([t])
    assert record.problem == "40 uniform points in 2 dimensions, 2 classes by angle."
    assert record.model == "linear model on features standardise"
    assert record.training == "mse loss, adam at rate 0.001, full batch, 50 epochs"


def test_member_in_the_middle_by_loss_is_chosen() -> None:
    setup = experiment(Cloud(), Linear())
    none = np.full(6, np.nan)
    losses = [0.3, 0.9, 0.1, 0.5, 0.7]
    rows = [
        trained(setup, s, table=history(test_loss=none, validation_loss=none, train_loss=[v] * 6))
        for s, v in enumerate(losses)
    ]
    t, text = choose(rows, None)
    assert t.result.seed == 3 and text == "seed 3, median of 5 by training loss"
    assert choose(rows, 1)[0].result.seed == 1


def test_without_a_loss_the_first_member_is_chosen() -> None:
    setup = experiment(Cloud(), Linear())
    bare = {"epoch": np.zeros(1)}
    none = [trained(setup, s, table=bare | {"test_loss": np.array([np.nan])}) for s in range(3)]
    assert choose(none, None)[1] == "seed 0, first of 3"


def test_long_lists_of_seeds_are_cut() -> None:
    assert seed_list([4]) == "seed 4"
    assert seed_list(range(9)) == "seeds 0, 1, 2, 3, 4, 5, ... (9 in all)"
    assert (count(1, "member"), count(2, "member")) == ("1 member", "2 members")
    assert len(members(drawn(2))[0]) == 2
