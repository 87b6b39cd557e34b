import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.views.disagreement import compute, describe, draw
from tests.views.members import by_hand, dead, drawn


@pytest.mark.parametrize("c", [2, 4])
def test_share_is_that_counted_one_by_one(c: int) -> None:
    members = drawn(7, c=c)
    arrays = compute(members, resolution=9)
    assert arrays.grid is not None and arrays.plane is not None
    for row, y in enumerate(arrays.grid.y):
        for column, x in enumerate(arrays.grid.x):
            votes = [int(t.labels(np.array([[x, y]]))[0]) for t in members]
            most = max(votes.count(k) for k in range(c))
            assert arrays.value[row, column] == pytest.approx(1 - most / 7)
            assert votes.count(int(arrays.majority[row, column])) == most


@pytest.mark.parametrize("d", [1, 2])
def test_regression_shows_the_standard_deviation(d: int) -> None:
    members = drawn(4, c=0, d=d)
    arrays = compute(members, resolution=6)
    inputs = arrays.x[:, None] if d == 1 else arrays.plane.inputs(arrays.grid.points())  # type: ignore[union-attr]
    outputs = np.stack([t.output(inputs)[:, 0] for t in members])
    mean = outputs.mean(axis=0)
    expected = np.sqrt(((outputs - mean) ** 2).sum(axis=0) / 3)
    np.testing.assert_allclose(arrays.value.ravel(), expected)


def test_two_members_that_differ_on_one_side_differ_there() -> None:
    # The first cuts at x = 0, the second at x = 0.5: they differ between the two.
    pair = [by_hand([[1.0, 0.0]], [b]) for b in (0.0, -0.5)]
    arrays = compute(pair, resolution=40)
    assert arrays.grid is not None
    between = (arrays.grid.x > 0) & (arrays.grid.x < 0.5)
    np.testing.assert_array_equal(arrays.value > 0, np.tile(between, (40, 1)))
    image = draw(arrays).axes[0].images[0]
    np.testing.assert_array_equal(np.asarray(image.get_array()), arrays.value)
    assert describe(arrays).startswith("Share against the majority, 2 members")


def test_one_member_cannot_disagree() -> None:
    with pytest.raises(InputError, match="at least two living members with finite weights, got 1"):
        compute(drawn(1))


def test_dead_members_have_no_vote() -> None:
    members = drawn(5, c=4)
    with_dead = [*members[:4], dead(members[4])]
    expected = compute(members[:4], resolution=9)
    arrays = compute(with_dead, resolution=9)
    np.testing.assert_array_equal(arrays.value, expected.value)
    assert "the 4 living of 5 members (1 dead)" in describe(arrays)
