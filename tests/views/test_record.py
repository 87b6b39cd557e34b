import numpy as np

from learnscope.features.standardise import Standardise
from learnscope.models import Linear, Mlp
from learnscope.views.record import choose, count, members, seed_list
from tests.views.members import Cloud, dead, drawn, experiment, history, lost, trained


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


def test_the_middle_is_that_of_the_members_alive() -> None:
    setup = experiment(Cloud(), Mlp(hidden=(3,)))
    losses = [0.3, 0.9, 0.1, 0.5, 0.7]
    rows = [trained(setup, s, table=history(test_loss=[v] * 6)) for s, v in enumerate(losses)]
    # Seeds 0, 3, 4 are left with 0.3, about 0.65 and 0.98: the helper makes losses grow with seeds.
    rows[1], rows[2] = dead(rows[1]), lost(rows[2])
    t, text = choose(rows, None)
    assert t.result.seed == 3 and text == "seed 3, median of the 3 living of 5 by test loss"
    assert choose(rows, 1)[0].result.seed == 1
    shown, record = members(rows)
    assert [t.result.seed for t in shown] == [0, 3, 4]
    assert record.who() == "the 3 living of 5 members (1 dead, 1 diverged)"
    assert record.missing() == "1 of 5 diverged, left out (seed 2); 1 of 5 dead, left out"


def test_dead_members_alone_are_shown_and_said_to_be_dead() -> None:
    setup = experiment(Cloud(), Mlp(hidden=(3,)))
    rows = [dead(trained(setup, s)) for s in range(3)]
    shown, record = members(rows)
    assert len(shown) == record.total == 3 and record.all_dead
    assert record.missing() == "no member is alive, dead ones are shown"
    assert choose(rows, None)[1] == "seed 1, median of 3 dead by test loss"
    assert members(rows[:1])[1].missing() == "dead: it answers the same for every row"
