"""Writing a picture to the file that the user names."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from learnscope.errors import DataError, InputError
from learnscope.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = (".svg", ".png", ".pdf")


def check_picture(path: Path) -> None:
    """Refuse a place that no picture can be written to, before any work is done."""
    if path.suffix.lower() not in KINDS:
        raise InputError(
            f"--picture needs a file that ends in {', '.join(KINDS)}, got {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise InputError(f"--picture {path}: there is no folder {str(path.parent)!r}. Make it.")


def write_picture(figure: Figure, path: Path) -> None:
    """Write the figure in the form that the file's ending names."""
    from learnscope.views.style import house_style, save_svg

    check_picture(path)
    try:
        if path.suffix.lower() == ".svg":
            write_whole(path, save_svg(figure))
            return
        buffer = io.BytesIO()
        with house_style():
            figure.savefig(buffer, format=path.suffix.lower()[1:], dpi=150)
        write_whole(path, buffer.getvalue())
    except DataError as error:
        raise DataError(str(error).replace("with --out", "with --picture")) from None
