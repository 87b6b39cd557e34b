import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models import Linear
from learnscope.trained import Trained
from learnscope.views import VIEWS
from learnscope.views.boundary import compute, draw
from learnscope.views.style import MAP_OPACITY, class_colour
from tests.views.members import Cloud, by_hand, drawn, experiment, trained


def pixel_value(figure: Figure, x: float, y: float) -> Array:
    """Read the drawn image at a point of the plane through its own extent and origin."""
    image = figure.axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    assert left < right and bottom < top and image.origin == "lower"
    table = np.asarray(image.get_array())
    row = int((y - bottom) / (top - bottom) * len(table))
    column = int((x - left) / (right - left) * table.shape[1])
    return np.asarray(table[row, column])


def seen(figure: Figure, x: float, y: float) -> Array:
    """Return the colour (3,) on the finished picture at a point of the plane."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    across, up = figure.axes[0].transData.transform((x, y))
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.asarray(pixels[len(pixels) - 1 - int(up), int(across), :3] / 255)


def tint(k: int) -> Array:
    """Return the colour of class `k` as the map shows it on white paper."""
    return 1 - MAP_OPACITY * (1 - np.array(to_rgb(class_colour(k))))


@pytest.mark.parametrize("loss", ["mse", "bce_logits"])
@pytest.mark.parametrize("axis", [0, 1])
def test_colour_of_a_class_is_that_of_its_side_of_the_map(axis: int, loss: str) -> None:
    # f(x, y) = x, then y: class 0 on the left, then at the bottom; steep enough to saturate.
    weight = [0.0, 0.0]
    weight[axis] = 50.0
    t = by_hand([weight], [0.5 if loss == "mse" else 0.0], loss=loss)
    figure = draw(compute([t]))
    low, high = [-1.15, -1.15], [1.15, 1.15]
    low[1 - axis] = high[1 - axis] = 0.0
    assert pixel_value(figure, *low) < 0.01 and pixel_value(figure, *high) > 0.99
    # One of 255 steps of a colour, twice rounded.
    np.testing.assert_allclose(seen(figure, *low), tint(0), atol=2 / 255)
    np.testing.assert_allclose(seen(figure, *high), tint(1), atol=2 / 255)
    image = figure.axes[0].images[0]
    assert image.cmap is not None
    for k in (0, 1):
        np.testing.assert_allclose(image.cmap(float(k))[:3], to_rgb(class_colour(k)), atol=1e-6)


@pytest.mark.parametrize("c", [3, 4, 5])
def test_each_of_many_classes_has_its_colour_where_it_wins(c: int) -> None:
    # Class k wins in the direction of angle 2 pi k / c.
    angle = 2 * np.pi * np.arange(c) / c
    t = by_hand((99 * np.stack((np.cos(angle), np.sin(angle)), 1)).tolist(), [0.0] * c, c=c)
    figure = draw(compute([t]))
    for k in range(c):
        at = 0.9 * np.cos(angle[k]), 0.9 * np.sin(angle[k])
        np.testing.assert_allclose(pixel_value(figure, *at), to_rgb(class_colour(k)), atol=1e-6)


@pytest.mark.parametrize("c", [2, 3])
def test_points_of_a_class_have_its_colour(c: int) -> None:
    weight = np.eye(c)[:, :2] if c > 2 else np.ones((1, 2))
    figure = draw(compute([by_hand(weight.tolist(), [0.0] * len(weight), c=c)]))
    handles = figure.legends[0].legend_handles
    colours = [h.get_markerfacecolor() for h in handles[:c]]  # type: ignore[union-attr]
    assert colours == [class_colour(k) for k in range(c)]
    faces = [np.asarray(s.get_facecolor()) for s in figure.axes[0].collections]
    drawn_colours = {tuple(np.round(f[0, :3], 6).tolist()) for f in faces if len(f)}
    for k in range(c):
        assert tuple(np.round(to_rgb(class_colour(k)), 6).tolist()) in drawn_colours


def test_map_is_the_output_at_the_pixel() -> None:
    (t,) = drawn(1, c=0)
    figure = draw(compute([t], resolution=200))
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    read = np.array([float(pixel_value(figure, *row)) for row in x.tolist()])
    # A pixel is 2.4 / 200 wide; twice that times the slope, which is below 1, bounds the error.
    np.testing.assert_allclose(read, t.output(x)[:, 0], atol=0.024)


def test_regions_agree_with_the_labels_of_the_member() -> None:
    for loss, c in (("mse", 2), ("bce_logits", 2), ("cross_entropy", 4)):
        setup = experiment(Cloud(c=c), Linear(), loss=loss)
        t = trained(setup, 3)
        arrays = compute([t], resolution=30)
        labels = t.labels(arrays.plane.inputs(arrays.grid.points())).reshape(30, 30)
        if c > 2:
            assert np.array_equal(arrays.shares.argmax(axis=-1), labels)
        else:
            assert np.array_equal(arrays.value > arrays.threshold, labels == 1)


def test_colour_bar_tells_of_values_beyond_it() -> None:
    t = by_hand([[3.0, 0.0]], [0.5], loss="mse")
    arrays = compute([t])
    label = draw(arrays).axes[1].get_ylabel()
    low, high = arrays.value.min(), arrays.value.max()
    assert label == f"output (0 = kind A, 1 = kind B)\nvalues here: {low:.2g} to {high:.2g}"


def test_slice_holds_the_other_inputs_at_their_medians_and_says_so() -> None:
    (t,) = drawn(1, d=3, c=0)
    arrays = compute([t], columns=("x3", "x1"), resolution=10)
    median = np.median(t.member.sample.x[:, 1])
    x3, x1 = np.meshgrid(arrays.grid.x, arrays.grid.y)
    inputs = np.stack((x1.ravel(), np.full(100, median), x3.ravel()), axis=1)
    np.testing.assert_allclose(arrays.value.ravel(), t.output(inputs)[:, 0])
    figure = draw(arrays)
    assert f"x2 = {median:.3g} (points projected)" in figure.get_suptitle()
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("x3", "x1")


def test_principal_components_are_named_in_the_title() -> None:
    title = draw(compute(drawn(1, d=4), resolution=8)).get_suptitle().replace("\n", " ")
    assert "plane of 2 of 4 principal components, the others 0" in title


def test_a_map_without_a_boundary_is_drawn() -> None:
    t = by_hand([[0.0, 0.0]], [0.2], loss="mse")
    assert "boundary" not in [
        h.get_label() for h in draw(compute([t])).legends[0].legend_handles if h
    ]


def test_bad_options_are_refused() -> None:
    members = drawn(2)
    with pytest.raises(InputError, match=r"seed must be that of a member .* \(0, 1\), got 7"):
        compute(members, seed=7)
    with pytest.raises(InputError, match="resolution must be >= 2, got 1"):
        compute(members, resolution=1)
    with pytest.raises(InputError, match="columns must be names of inputs, got 'x9'"):
        compute(members, columns=("x1", "x9"))
    with pytest.raises(InputError, match="columns must be two different inputs, got x1, x1"):
        compute(members, columns=("x1", "x1"))
    with pytest.raises(
        InputError, match="truth can be drawn for two classes whose source is known"
    ):
        compute(members, truth=True)
    with pytest.raises(InputError, match="output must be one of height, got 'width'"):
        compute(drawn(1, c=0), output="width")
    with pytest.raises(
        InputError, match=r"boundary is for two inputs or more, and this problem has 1 \(x1\)"
    ):
        compute(drawn(1, d=1))


def test_best_possible_boundary_is_drawn_where_it_is_known() -> None:
    from learnscope.problems.spirals import Spirals

    t = trained(experiment(Spirals(n=20), Linear(), loss="mse"))
    figure = draw(compute([t], resolution=12, truth=True))
    labels = [h.get_label() for h in figure.legends[0].legend_handles if h is not None]
    assert "best possible" in labels


def test_middle_member_by_test_loss_is_shown() -> None:
    # The helper makes the test loss grow with the seed.
    members: list[Trained] = drawn(5)
    assert compute(members[::-1], resolution=4).record.chosen == "seed 2, median of 5 by test loss"
    assert "; right on " in VIEWS["boundary"].describe(compute(members, resolution=4))
