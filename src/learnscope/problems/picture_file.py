"""A picture file as one more example of an image data set.

What is done to it, in this order:

1. A PNG or JPEG is read, turned upright as its camera says, and laid on white where transparent.
2. It becomes grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601), or stays RGB for images of three
   channels, from 0 (black) to 1 (white); `invert` exchanges the two.
3. It is brought to the size of the images. As it is, its sides keep their ratio and what is left
   over is filled with the median of its border. With `centre` it is made as the digits of MNIST
   were (Y. LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86,
   1998, section III.A): what differs from the border is cut out, scaled so that its longer side
   is 20/28 of the image's, and moved by whole pixels so that its centre of mass is at row
   height / 2 and column width / 2, counted from 0 (14 and 14, where MNIST's digits have it).
4. 0 and 1 become the least and the greatest value of the data set, so that the picture has the
   scale the network was trained on. The network's own preprocessing comes after, as for any row.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.problems.base import Sample

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = (".png", ".jpg", ".jpeg")
MOST_PIXELS = 50_000_000
INKED, FAINT = 20 / 28, 0.1
"""Share of the image that what was cut out takes; difference from the border that is none."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """A picture as an example.

    Attributes:
        x: (1, d) float64, raw inputs like those of the data set.
        note: one sentence where its background is unlike that of the data; "" where it is like.
    """

    x: Array
    note: str


def is_picture(name: str) -> bool:
    """Whether a file's name ends as that of a picture."""
    return name.lower().endswith(ENDINGS)


def read_picture(
    path: str | Path, sample: Sample, *, invert: bool = False, centre: bool = False
) -> Picture:
    """Return a picture as an example of a data set of images.

    Args:
        path: a PNG or JPEG file.
        sample: the data set; its images have 1 or 3 channels.
        invert: exchange black and white.
        centre: cut out what is drawn and centre it, as MNIST does.

    Raises:
        InputError: the examples are no images, or there is no such file.
        DataError: the file is no PNG or JPEG, is damaged or too large, or shows nothing to cut.
    """
    shape = sample.shape
    if shape is None or len(shape) != 3 or shape[0] not in (1, 3):
        raise InputError(
            f"{str(path)!r} is a picture, and the examples of this problem are not: they are rows "
            f"of {sample.x.shape[1]} numbers. Give a CSV file, or the number of a row."
        )
    channels, height, width = shape
    grey = _load(Path(path), channels)
    grey = 1 - grey if invert else grey
    if centre:
        grey = _centred(grey, height, width, path)
    elif grey.shape[1:] != (height, width):
        grey = _fitted(grey, height, width)
    low, high = float(sample.x.min()), float(sample.x.max())
    x = low + np.clip(grey, 0.0, 1.0) * (high - low)
    return Picture(x=x.reshape(1, -1), note=_note(x, sample.x.reshape(-1, *shape), invert))


def _load(path: Path, channels: int) -> Array:
    """Return the picture (channels, height, width) float64 from 0 to 1."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Its own limit is wider than ours, which is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(path, formats=("PNG", "JPEG"))
        with picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise DataError(
                    f"{str(path)!r} has {picture.width} x {picture.height} pixels, more than the "
                    f"{MOST_PIXELS:,} that are sensible. Make it smaller first."
                )
            return _values(ImageOps.exif_transpose(picture), channels)
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise DataError(f"{str(path)!r} is not a PNG or JPEG picture of a sensible size.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be read as a picture: {error}.") from None


def _values(picture: Image, channels: int) -> Array:
    from PIL import Image as image

    if picture.mode.startswith("I"):
        # 16 bits of grey; converting would cut them off at 255.
        grey = np.asarray(picture, dtype=np.float64)[None] / 65535
        return np.repeat(grey, channels, axis=0)
    seen = picture.convert("RGBA")
    white = image.new("RGBA", seen.size, "white")
    flat = image.alpha_composite(white, seen).convert("RGB")
    rgb = np.moveaxis(np.asarray(flat, dtype=np.float64) / 255, -1, 0)
    return rgb if channels == 3 else np.tensordot([[0.299, 0.587, 0.114]], rgb, axes=1)


def _fitted(picture: Array, height: int, width: int) -> Array:
    """Scale into the frame with the ratio of the sides kept; the rest is the border's median."""
    _, h, w = picture.shape
    scale = min(height / h, width / w)
    inner = _resized(picture, max(1, round(h * scale)), max(1, round(w * scale)))
    down, right = (height - inner.shape[1]) // 2, (width - inner.shape[2]) // 2
    return _placed(inner, _border(picture), height, width, down, right)


def _centred(picture: Array, height: int, width: int, path: str | Path) -> Array:
    """Cut out what differs from the border, scale it, and put its centre of mass in the middle."""
    border = _border(picture)
    ink = np.abs(picture - border[:, None, None]).max(axis=0)
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise DataError(
            f"{str(path)!r} shows nothing to centre: all of it is like its border. Draw darker, "
            "or leave centre out."
        )
    cut = picture[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = INKED * min(height / cut.shape[1], width / cut.shape[2])
    size = (max(1, round(side * scale)) for side in cut.shape[1:])
    inner = _resized(cut, *size)
    mass = np.abs(inner - border[:, None, None]).max(axis=0)
    down = height / 2 - np.average(np.arange(mass.shape[0]), weights=mass.sum(axis=1))
    right = width / 2 - np.average(np.arange(mass.shape[1]), weights=mass.sum(axis=0))
    return _placed(inner, border, height, width, round(down), round(right))


def _border(picture: Array) -> Array:
    """Return the median of the pixels along the four edges, for each channel."""
    return np.median(edge_pixels(picture), axis=-1)


def edge_pixels(images: Array) -> Array:
    """Return the pixels (..., e) along the four edges of images (..., height, width)."""
    edges = (images[..., 0, :], images[..., -1, :], images[..., :, 0], images[..., :, -1])
    return np.concatenate(edges, axis=-1)


def _resized(picture: Array, height: int, width: int) -> Array:
    """Return the picture in another size: bilinear, averaging over what becomes one pixel."""
    from PIL import Image

    planes = [Image.fromarray(plane.astype(np.float32)) for plane in picture]
    return np.stack(
        [np.asarray(p.resize((width, height), Image.Resampling.BILINEAR)) for p in planes]
    ).astype(np.float64)


def _placed(inner: Array, fill: Array, height: int, width: int, down: int, right: int) -> Array:
    """Return a frame of the fill with the picture in it, moved inside where it would stick out."""
    c, h, w = inner.shape
    down, right = (min(max(at, 0), room) for at, room in ((down, height - h), (right, width - w)))
    frame = np.broadcast_to(fill[:, None, None], (c, height, width)).copy()
    frame[:, down : down + h, right : right + w] = inner
    return frame


def _note(x: Array, images: Array, invert: bool) -> str:
    """Say so where the border of the picture is at the other end of the scale than the data's."""
    theirs, ours = float(np.median(edge_pixels(images[:2000]))), float(np.median(edge_pixels(x)))
    low, high = float(images.min()), float(images.max())
    middle = (low + high) / 2
    if high == low or (theirs < middle) == (ours < middle):
        return ""
    words = ("light", "dark") if ours > theirs else ("dark", "light")
    remedy = "Leave --invert out" if invert else "Use --invert"
    return (
        f"The border of the picture is {words[0]} and that of the data is {words[1]}: the answer "
        f"may mean nothing. {remedy} to exchange black and white."
    )
