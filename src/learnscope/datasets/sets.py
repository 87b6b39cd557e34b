"""The data sets that are known: their files, checksums, mirrors and classes.

Checksums are SHA-256. Those of the gzipped files are the ones that the publishers' files have
(MNIST: the copies kept by PyTorch and TensorFlow; Fashion-MNIST: H. Xiao, K. Rasul and
R. Vollgraf, arXiv:1708.07747). Those of the content hold for files that were packed otherwise.
"""

from dataclasses import dataclass

from learnscope.errors import InputError, listing, suggestion


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """A file of a set.

    Attributes:
        name: without .gz.
        packed_bytes: length of the publisher's gzip file.
        packed_sha256: its checksum.
        sha256: checksum of the content, unpacked.
    """

    name: str
    packed_bytes: int
    packed_sha256: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """A set of images with labels, divided into a training part and a test part.

    Attributes:
        name: the word that chooses it.
        title: its name in print.
        what: what the images show.
        folders: names that its folder may have; the first is the one we make.
        mirrors: addresses of folders with its gzip files, the first is tried first.
        classes: names of the labels 0, 1, ...
        size: (height, width) of an image.
        rows: images of the training part and of the test part.
        train_images, train_labels, test_images, test_labels: its files.
    """

    name: str
    title: str
    what: str
    folders: tuple[str, ...]
    mirrors: tuple[str, ...]
    classes: tuple[str, ...]
    size: tuple[int, int] = (28, 28)
    rows: tuple[int, int] = (60_000, 10_000)
    train_images: DataFile
    train_labels: DataFile
    test_images: DataFile
    test_labels: DataFile

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All files, the small ones first: what is wrong with a mirror shows at once."""
        return (self.test_labels, self.train_labels, self.test_images, self.train_images)


def find_set(name: str) -> DataSet:
    """Return a data set by name; a hyphen stands for an underscore."""
    known = SETS.get(name.lower().replace("-", "_"))
    if known is None:
        hint = suggestion(name, SETS) or f" There are {listing(SETS)}."
        raise InputError(f"There is no data set {name!r} to download.{hint}")
    return known


MNIST = DataSet(
    name="mnist",
    title="MNIST",
    what="handwritten digits",
    folders=("mnist", "MNIST", "MNIST/raw"),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    classes=tuple("0123456789"),
    train_images=DataFile(
        name="train-images-idx3-ubyte",
        packed_bytes=9_912_422,
        packed_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    train_labels=DataFile(
        name="train-labels-idx1-ubyte",
        packed_bytes=28_881,
        packed_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    test_images=DataFile(
        name="t10k-images-idx3-ubyte",
        packed_bytes=1_648_877,
        packed_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    test_labels=DataFile(
        name="t10k-labels-idx1-ubyte",
        packed_bytes=4_542,
        packed_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION_MNIST = DataSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    what="articles of clothing",
    folders=("fashion_mnist", "fashion-mnist", "FashionMNIST", "FashionMNIST/raw", "fashion"),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    classes=(
        "T-shirt/top", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
    train_images=DataFile(
        name="train-images-idx3-ubyte",
        packed_bytes=26_421_880,
        packed_sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    train_labels=DataFile(
        name="train-labels-idx1-ubyte",
        packed_bytes=29_515,
        packed_sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    test_images=DataFile(
        name="t10k-images-idx3-ubyte",
        packed_bytes=4_422_102,
        packed_sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    test_labels=DataFile(
        name="t10k-labels-idx1-ubyte",
        packed_bytes=5_148,
        packed_sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)  # fmt: skip

SETS = {known.name: known for known in (FASHION_MNIST, MNIST)}
