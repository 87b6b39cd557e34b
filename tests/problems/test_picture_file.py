import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.problems.base import Sample
from learnscope.problems.picture_file import edge_pixels, is_picture, read_picture

Save = Callable[..., Path]


def images(
    low: float = 0.0, high: float = 16.0, shape: tuple[int, ...] | None = (1, 8, 8)
) -> Sample:
    """Two images with a dark border (the least value) and a light middle."""
    d = int(np.prod(shape or (64,)))
    x = np.full((2, d), low)
    x[:, d // 2] = high
    columns = tuple(f"p{i}" for i in range(d))
    y = np.array([0, 1])
    return Sample(x=x, y=y, task="classification", columns=columns, outputs=("a", "b"), shape=shape)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save(
        values: Array, name: str = "a.png", mode: str | None = None, **options: object
    ) -> Path:
        path = tmp_path / name
        picture = Image.fromarray(values)
        (picture if mode is None else picture.convert(mode)).save(path, **options)  # type: ignore[arg-type]
        return path

    return save


def grey(seed: int = 0, shape: tuple[int, ...] = (8, 8)) -> Array:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def test_a_picture_of_the_right_size_keeps_its_pixels_on_the_scale_of_the_data(save: Save) -> None:
    values = grey()
    x = read_picture(save(values), images()).x
    np.testing.assert_allclose(x, values.reshape(1, 64) / 255 * 16, atol=1e-12)
    flipped = read_picture(save(values), images(-1.0, 1.0), invert=True).x
    np.testing.assert_allclose(flipped, 1 - values.reshape(1, 64) / 255 * 2, atol=1e-12)


def test_colours_become_grey_by_their_brightness(save: Save) -> None:
    # ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B.
    colours = np.zeros((8, 8, 3), dtype=np.uint8)
    colours[0, :3] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    x = read_picture(save(colours), images(0.0, 1.0)).x[0]
    np.testing.assert_allclose(x[:4], [0.299, 0.587, 0.114, 0], atol=1e-12)
    kept = read_picture(save(colours), images(0.0, 1.0, (3, 8, 8))).x.reshape(3, 8, 8)
    np.testing.assert_array_equal(kept[:, 0, :3], np.eye(3))


def test_what_is_transparent_is_white(save: Save) -> None:
    values = np.zeros((8, 8, 4), dtype=np.uint8)
    values[0, 0, 3] = 255
    x = read_picture(save(values), images(0.0, 1.0)).x[0]
    np.testing.assert_allclose(x, [0.0, *[1.0] * 63], atol=1e-12)


def test_sixteen_bits_of_grey_are_all_read(save: Save) -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    x = read_picture(save(values), images(0.0, 1.0)).x
    np.testing.assert_allclose(x[0], values.ravel() / 65535, atol=1e-12)


def test_a_photograph_is_turned_as_its_camera_says(save: Save) -> None:
    half = np.zeros((8, 8), dtype=np.uint8)
    half[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the top comes to the right
    x = read_picture(save(half, "a.jpg", exif=exif), images(0.0, 1.0)).x.reshape(8, 8)
    assert (x[:, 4:] > 0.9).all() and (x[:, :4] < 0.1).all()


@pytest.mark.parametrize("size", [(80, 80), (8, 40), (400, 100)])
def test_other_sizes_keep_their_sides_ratio_within_a_border(
    save: Save, size: tuple[int, int]
) -> None:
    values = np.full(size, 51, dtype=np.uint8)
    values[size[0] // 4 : -(size[0] // 4) or None, size[1] // 4 : -(size[1] // 4) or None] = 255
    x = read_picture(save(values), images(0.0, 1.0)).x.reshape(8, 8)
    assert x.min() >= 0.2 - 1e-6 and x.max() <= 1
    # What is left over has the grey of the border.
    tall, wide = (max(1, round(side * 8 / max(size))) for side in size)
    outside = np.ones((8, 8), dtype=bool)
    top, left = (8 - tall) // 2, (8 - wide) // 2
    outside[top : top + tall, left : left + wide] = False
    np.testing.assert_allclose(x[outside], 0.2, atol=1e-6)


def test_a_picture_made_smaller_keeps_its_mean(save: Save) -> None:
    values = grey(shape=(80, 80))
    x = read_picture(save(values), images(0.0, 1.0)).x
    # Bilinear averages at the edges weigh some pixels more: 1 % of a mean over 6,400.
    assert x.mean() == pytest.approx(values.mean() / 255, rel=0.01)


@pytest.mark.parametrize("corner", [(5, 5), (60, 100), (120, 30)])
def test_a_centred_drawing_has_its_mass_in_the_middle_wherever_it_was(
    save: Save, corner: tuple[int, int]
) -> None:
    page = np.full((200, 180), 255, dtype=np.uint8)
    i, j = corner
    page[i : i + 60, j : j + 12] = 0
    page[i + 48 : i + 60, j : j + 40] = 0  # an L
    sample = images(0.0, 1.0, (1, 28, 28))
    x = read_picture(save(page), sample, invert=True, centre=True).x.reshape(28, 28)
    rows, columns = (np.flatnonzero((x > 0.3).any(axis=axis)) for axis in (1, 0))
    assert rows[-1] - rows[0] + 1 == 20 and columns[-1] - columns[0] + 1 in (13, 14)
    mass = [np.average(np.arange(28), weights=x.sum(axis=axis)) for axis in (1, 0)]
    # Moved by whole pixels.
    assert mass == pytest.approx([14, 14], abs=0.51)


def test_a_digit_of_mnist_centred_anew_stays_where_it_was(save: Save) -> None:
    from tests.search.pictures import mnist_images

    sample = images(0.0, 1.0, (1, 28, 28))
    likeness = []
    for image in mnist_images()[:20].reshape(-1, 28, 28):
        x = read_picture(save(image), sample, centre=True).x.reshape(28, 28)
        before, after = image / 255, x
        # The middle is that of MNIST; moved by whole pixels, as MNIST was.
        for axis in (0, 1):
            at = [np.average(np.arange(28), weights=v.sum(axis=axis)) for v in (before, after)]
            assert at[0] == pytest.approx(14, abs=0.55) and at[1] == pytest.approx(14, abs=0.55)
        # Faint edges are cut off, which moves some by a pixel.
        likeness.append(np.corrcoef(before.ravel(), after.ravel())[0, 1])
    assert np.median(likeness) > 0.9


def test_a_light_border_on_dark_data_is_remarked(save: Save) -> None:
    page = np.full((8, 8), 255, dtype=np.uint8)
    page[3:5, 3:5] = 0
    note = read_picture(save(page), images()).note
    assert note == (
        "The border of the picture is light and that of the data is dark: the answer may mean "
        "nothing. Use --invert to exchange black and white."
    )
    assert read_picture(save(page), images(), invert=True).note == ""
    assert "Leave --invert out" in read_picture(save(255 - page), images(), invert=True).note


def test_the_edge_of_an_image_is_its_four_sides() -> None:
    x = np.arange(9.0).reshape(1, 3, 3)
    assert sorted(set(edge_pixels(x)[0].tolist())) == [0, 1, 2, 3, 5, 6, 7, 8]


def test_what_is_no_picture_is_refused(save: Save, tmp_path: Path) -> None:
    good = save(grey())
    (tmp_path / "text.png").write_text("a,b\n1,2\n")
    (tmp_path / "cut.png").write_bytes(save(grey(shape=(90, 90)), "b.png").read_bytes()[:3000])
    blank = save(np.full((40, 40), 9, dtype=np.uint8), "blank.png")
    gif = save(grey(), "a.gif")
    cases: list[tuple[Path, dict[str, bool], type[Exception], str]] = [
        (tmp_path / "no.png", {}, InputError, "There is no file"),
        (tmp_path / "text.png", {}, DataError, "is not a PNG or JPEG picture"),
        (gif, {}, DataError, "is not a PNG or JPEG picture"),
        (tmp_path / "cut.png", {}, DataError, "cannot be read as a picture"),
        (tmp_path, {}, DataError, "cannot be read as a picture"),
        (blank, {"centre": True}, DataError, "shows nothing to centre: all of it is like its"),
    ]
    for path, options, error, words in cases:
        with pytest.raises(error, match=re.escape(words)):
            read_picture(path, images(), **options)
    with pytest.raises(InputError, match=r"is a picture, and the examples of this problem are not"):
        read_picture(good, images(shape=None))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (10_000, 9_500)).save(path)
    with pytest.raises(DataError, match=r"has 10000 x 9500 pixels, more than the 50,000,000"):
        read_picture(path, images())


@pytest.mark.parametrize(("name", "answer"), [("a.PNG", True), ("b.jpeg", True), ("c.csv", False)])
def test_pictures_are_known_by_their_ending(name: str, answer: bool) -> None:
    assert is_picture(name) is answer
