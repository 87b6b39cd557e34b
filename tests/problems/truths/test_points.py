import math

import numpy as np
import pytest
from scipy.special import i0e

from learnscope.problems.truths.points import Nodes, along_curve, equally_likely, points_truth


def test_nodes_along_a_segment_integrate_its_density() -> None:
    nodes = along_curve(
        lambda t: np.stack((t, 0 * t), axis=1), lambda t: 3 * t**2, (0.0, 1.0), noise=0.2
    )
    # Mean and mean square of the density 3 t^2 on (0, 1); exact for polynomials of degree 7.
    assert nodes.weights @ nodes.points[:, 0] == pytest.approx(3 / 4, rel=1e-12)
    assert nodes.weights @ nodes.points[:, 0] ** 2 == pytest.approx(3 / 5, rel=1e-12)


def test_centre_of_a_bend_counts_every_node() -> None:
    # At the centre of a circle all nodes are equally near, and the nearest few are not enough.
    noise, inner = 0.05, 0.99

    def circle(radius: float) -> Nodes:
        return along_curve(
            lambda t: radius * np.stack((np.cos(t), np.sin(t)), axis=1),
            np.ones_like,
            (0.0, 2 * math.pi),
            noise,
        )

    classes = [circle(1.0), equally_likely(np.array([[inner, 0.0]]))]
    truth = points_truth(lambda: classes, noise, np.array([0.5, 0.5]))
    x = np.array([[-0.02, 0.0], [0.0, 0.01], [0.05, 0.05]])
    r = np.hypot(*x.T)
    log_circle = -((r - 1) ** 2) / (2 * noise**2) + np.log(i0e(r / noise**2))
    log_point = -(((x - [inner, 0]) ** 2).sum(axis=1)) / (2 * noise**2)
    expected = 1 / (1 + np.exp(log_point - log_circle))
    np.testing.assert_allclose(truth.target(x)[:, 0], expected, atol=1e-6)


def test_classes_are_built_once_and_only_when_asked() -> None:
    built = []

    def classes() -> list[Nodes]:
        built.append(1)
        return [equally_likely(np.zeros((1, 2))), equally_likely(np.ones((1, 2)))]

    truth = points_truth(classes, 0.3, np.array([0.5, 0.5]))
    assert not built
    truth.target(np.zeros((1, 2)))
    truth.floor()
    assert len(built) == 1
