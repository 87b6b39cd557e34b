import numpy as np

from learnscope.features import fit_chain
from learnscope.features.standardise import Standardise


def test_one_mean_and_sd_for_all_columns_keep_a_trend_that_each_would_lose() -> None:
    # Windows of 0, 1, 2, ...: every column is the series, shifted.
    x = np.arange(8.0)[:, None] + np.arange(3)
    columns = ("a", "b", "c")
    apart = fit_chain([Standardise()], x, columns).apply(x)
    np.testing.assert_allclose(apart[:, 0], apart[:, 2])
    together = fit_chain([Standardise(together=True)], x, columns).apply(x)
    np.testing.assert_allclose(together, (x - x.mean()) / x.std(), rtol=1e-12)
    shifted = fit_chain([Standardise(together=True, scale=False)], x, columns).apply(x)
    np.testing.assert_allclose(shifted, x - x.mean(), rtol=1e-12)
    still = np.full((4, 3), 0.1)
    assert not fit_chain([Standardise(together=True)], still, columns).apply(still).any()
