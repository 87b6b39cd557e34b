"""Image data sets in IDX files: where they are, how they come here, and what is in them."""

from learnscope.datasets.get import get_set
from learnscope.datasets.idx import read_idx, write_idx
from learnscope.datasets.images import Images, read_images
from learnscope.datasets.places import find_folder
from learnscope.datasets.sets import SETS, DataSet, find_set
from learnscope.datasets.verify import Check, check_folder

__all__ = [
    "SETS",
    "Check",
    "DataSet",
    "Images",
    "check_folder",
    "find_folder",
    "find_set",
    "get_set",
    "read_idx",
    "read_images",
    "write_idx",
]
