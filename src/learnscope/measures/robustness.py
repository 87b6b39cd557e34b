"""How well a network does on inputs that are changed a little: shifted, turned, noisy, covered.

The changes act on images (n, channels, height, width) as they lie in the data, before any
features. What comes in from outside has the lowest value of the data, the paper of a digit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.measures.percent import percent
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.trained import Trained

Change = Callable[[Array, float, np.random.Generator], Array]
"""Maps images (n, c, h, w), a level and a generator to changed images of the same shape."""


def shift(images: Array, right: int, down: int, fill: float = 0.0) -> Array:
    """Return the images moved by whole pixels; negative moves left and up."""
    h, w = images.shape[2:]
    result = np.full_like(images, fill)
    rows, columns = (slice(max(0, d), size + min(0, d)) for d, size in ((down, h), (right, w)))
    old_rows, old_columns = (
        slice(max(0, -d), size + min(0, -d)) for d, size in ((down, h), (right, w))
    )
    if abs(down) < h and abs(right) < w:
        result[:, :, rows, columns] = images[:, :, old_rows, old_columns]
    return result


def rotate(images: Array, degrees: float, fill: float = 0.0) -> Array:
    """Return the images turned counter-clockwise about their centre, linear between pixels.

    Square images turned by whole quarters are exact.
    """
    quarters = degrees / 90
    if quarters == int(quarters) and images.shape[2] == images.shape[3]:
        return np.rot90(images, int(quarters), axes=(2, 3)).copy()
    angle = np.deg2rad(degrees)
    # Maps a place of the result to a place of the original: rows grow downwards.
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return _mapped(images, back, fill)


def scale(images: Array, factor: float, fill: float = 0.0) -> Array:
    """Return the images drawn larger (above 1) or smaller about their centre."""
    if factor <= 0:
        raise InputError(f"scale.factor must be > 0, got {factor:g}.")
    return _mapped(images, np.eye(2) / factor, fill)


def _mapped(images: Array, back: Array, fill: float) -> Array:
    from scipy.ndimage import affine_transform

    centre = (np.array(images.shape[2:]) - 1) / 2
    whole, offset = np.eye(4), np.zeros(4)
    whole[2:, 2:], offset[2:] = back, centre - back @ centre
    moved = affine_transform(
        np.asarray(images, dtype=np.float64), whole, offset, order=1, mode="constant", cval=fill
    )
    return np.asarray(moved)


def flip(images: Array, axis: str) -> Array:
    """Return the images mirrored: "left-right" or "up-down"."""
    if axis not in ("left-right", "up-down"):
        raise InputError(f"flip.axis must be 'left-right' or 'up-down', got {axis!r}.")
    return np.flip(images, 3 if axis == "left-right" else 2).copy()


def add_noise(x: Array, sd: Array | float, rng: np.random.Generator) -> Array:
    """Return the numbers with independent normal noise of this standard deviation; not clipped."""
    return np.asarray(x + sd * rng.standard_normal(x.shape))


def occlude(images: Array, side: int, rng: np.random.Generator, fill: float = 0.0) -> Array:
    """Return the images with a square of side x side pixels covered, at a random place in each."""
    n, _, h, w = images.shape
    if not 0 <= side <= min(h, w):
        raise InputError(f"occlude.side must be 0 to {min(h, w)} pixels, got {side}.")
    top = rng.integers(0, h - side + 1, n)[:, None, None]
    left = rng.integers(0, w - side + 1, n)[:, None, None]
    rows, columns = np.arange(h)[None, :, None], np.arange(w)[None, None, :]
    covered = (rows >= top) & (rows < top + side) & (columns >= left) & (columns < left + side)
    return np.where(covered[:, None], fill, images)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RobustnessCurve:
    """Scores of members at each level of a change.

    Attributes:
        levels: (m,) how strong the change is.
        scores: (r, m) accuracy, or mean squared error, of each member.
        clean: (r,) score without the change, on the same rows.
        metric: "accuracy" or "mse".
        n: rows that each member was judged on.
    """

    levels: Array
    scores: Array
    clean: Array
    metric: str
    n: int

    def sentence(self) -> str:
        """Say the score without the change and at the strongest level."""
        before, after = float(np.median(self.clean)), float(np.median(self.scores[:, -1]))
        if self.metric == "accuracy":
            texts = percent(before, self.n), percent(after, self.n)
        else:
            texts = f"{before:.3g}", f"{after:.3g}"
        who = "" if len(self.clean) == 1 else f" (medians of {len(self.clean)} members)"
        name = "Accuracy" if self.metric == "accuracy" else "Mean squared error"
        return f"{name} {texts[0]} unchanged, {texts[1]} at {self.levels[-1]:g}{who}."


def image_shape(trained: Trained) -> tuple[int, int, int] | None:
    """Return (channels, height, width) where the inputs of a member are images, else None."""
    shape = trained.member.sample.shape
    return (shape[0], shape[1], shape[2]) if shape is not None and len(shape) == 3 else None


def robustness(
    trained: Sequence[Trained],
    change: Change,
    levels: Sequence[float],
    *,
    most: int = 2000,
    seed: int = 0,
) -> RobustnessCurve:
    """Score members on their judged rows, changed more and more.

    Args:
        trained: members whose inputs are images; of plain rows each is an image 1 x 1 x d.
        change: what is done; every level begins with the same random numbers.
        levels: how strong it is.
        most: rows used at most, the first of the judged part.
        seed: of the random numbers.

    Raises:
        DataError: the change gave other shapes.
    """
    scores = np.array([_member_scores(t, change, levels, most, seed) for t in trained])
    first = trained[0].member
    metric = "accuracy" if first.head.task == "classification" else "mse"
    n = min(most, len(getattr(first.rows, judged_part(first))))
    return RobustnessCurve(
        levels=np.asarray(levels, dtype=np.float64),
        scores=scores[:, 1:],
        clean=scores[:, 0],
        metric=metric,
        n=n,
    )


def _member_scores(
    t: Trained, change: Change, levels: Sequence[float], most: int, seed: int
) -> list[float]:
    rows = getattr(t.member.rows, judged_part(t.member))[:most]
    x, y = t.member.sample.x[rows], t.member.sample.y[rows]
    images = x.reshape(len(x), *(image_shape(t) or (1, 1, x.shape[1])))
    result = [_score(t, x, y)]
    for level in levels:
        changed = change(images, level, np.random.default_rng(seed))
        if changed.shape != images.shape:
            raise DataError(
                f"a change must keep the shape of the images, {images.shape}, got {changed.shape}."
            )
        result.append(_score(t, changed.reshape(x.shape), y))
    return result


def _score(t: Trained, x: Array, y: Array) -> float:
    if t.member.head.task == "classification":
        return accuracy(t.labels(x), y)
    return mean_squared_error(t.output(x).astype(np.float64), y)
