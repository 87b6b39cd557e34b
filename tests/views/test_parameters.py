import numpy as np
import pytest

from learnscope.views.parameters import compute, draw
from tests.views.members import drawn


def test_histograms_count_every_value_of_every_member() -> None:
    members = drawn(4)
    arrays = compute(members)
    assert list(arrays.histograms) == list(members[0].member.network.shapes())
    for name, h in arrays.histograms.items():
        final = np.concatenate([t.result.parameters[name].ravel() for t in members])
        assert h.count == len(final)
        assert h.final.sum() == pytest.approx(1) and h.initial.sum() == pytest.approx(1)
        np.testing.assert_allclose(h.final * len(final), np.histogram(final, h.edges)[0])
        assert h.sd[0] == pytest.approx(final.std())


def test_initial_values_are_drawn_over_the_trained_ones() -> None:
    (t,) = drawn(1)
    for value in t.result.parameters.values():
        value += 5
    h = compute([t]).histograms["layers.0.weight"]
    assert not (h.initial * h.final).any()
    legend = draw(compute([t])).axes[1].get_legend()
    assert legend is not None
    assert [x.get_text() for x in legend.get_texts()] == ["trained", "initial"]


def test_equal_values_still_have_a_histogram() -> None:
    (t,) = drawn(1)
    for name, value in t.result.parameters.items():
        value[...] = t.member.initial[name][...] = 0.0
    assert compute([t]).histograms["layers.0.bias"].final.max() == 1
