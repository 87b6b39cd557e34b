import numpy as np

from learnscope.features import fit_chain
from learnscope.features.powers import Powers
from learnscope.features.standardise import Standardise


def test_images_stay_float32_and_agree_with_float64() -> None:
    x = np.random.default_rng(0).random((500, 200)).astype(np.float32)
    x[:, 3] = 0.25
    columns = tuple(f"c{j}" for j in range(200))
    for scale in (True, False):
        single, double = (
            fit_chain([Standardise(scale=scale)], rows, columns)
            for rows in (x, x.astype(np.float64))
        )
        for key in ("mean", "sd"):
            # What is remembered is summed up in float64 for both.
            np.testing.assert_allclose(single.states[0][key], double.states[0][key], rtol=1e-14)
        assert single.apply(x).dtype == np.float32
        # float32 has 24 bits; values are below 4.
        np.testing.assert_allclose(single.apply(x), double.apply(x.astype(np.float64)), atol=1e-6)


def test_rows_are_not_written_to() -> None:
    x = np.random.default_rng(0).random((5, 2)).astype(np.float32)
    x.flags.writeable = False
    fit_chain([Standardise()], x, ("a", "b")).apply(x)


def test_maps_after_the_first_that_needs_it_are_given_float64() -> None:
    x = np.random.default_rng(0).random((5, 2)).astype(np.float32)
    chain = fit_chain([Standardise(), Powers()], x, ("a", "b"))
    assert chain.apply(x).dtype == np.float64
