"""Fashion-MNIST: articles of clothing in the form of MNIST, the images of S3."""

from typing import ClassVar, Literal

from learnscope.datasets.sets import FASHION_MNIST, DataSet
from learnscope.problems.image_files import ImageFiles


class FashionMnist(ImageFiles):
    """Clothing: 60,000 training and 10,000 test images of 28 x 28 pixels, in 10 classes.

    Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms", arXiv:1708.07747.
    """

    kind: Literal["fashion_mnist"] = "fashion_mnist"
    source: ClassVar[DataSet] = FASHION_MNIST
