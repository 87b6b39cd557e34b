"""Draw the pictures of README and docs anew: python tools/make_pictures.py."""

from pathlib import Path

import learnscope as ls
from learnscope.views import activation_gallery, save_svg

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"


def main() -> None:
    """Train what the pictures show and write them."""
    FOLDER.mkdir(exist_ok=True)
    bigger = ls.train(ls.named("spirals_bigger").override({"seeds": 20}))
    shipped = ls.train(ls.named("spirals").override({"seeds": 20}))
    pictures = {
        "spirals_bigger": bigger.plot.boundary(),
        "spirals_curves": shipped.plot.curves(),
        "spirals": shipped.plot.boundary(),
        "activations": activation_gallery.draw(activation_gallery.compute(n=311)),
    }
    for name, figure in pictures.items():
        (FOLDER / f"{name}.svg").write_text(save_svg(figure), encoding="utf-8")


if __name__ == "__main__":
    main()
