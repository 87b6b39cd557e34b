"""MNIST: handwritten digits, the images of S4."""

from typing import ClassVar, Literal

from learnscope.datasets.sets import MNIST, DataSet
from learnscope.problems.image_files import ImageFiles


class Mnist(ImageFiles):
    """Handwritten digits: 60,000 training and 10,000 test images of 28 x 28 pixels, 10 classes.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
    document recognition", Proc. IEEE 86, 1998, section III.
    """

    kind: Literal["mnist"] = "mnist"
    source: ClassVar[DataSet] = MNIST
