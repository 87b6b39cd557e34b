import re

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from learnscope.errors import DataError
from learnscope.measures.confusion import confusion
from learnscope.measures.spread import wilson


def test_counts_recall_and_precision_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, labels = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    found = confusion(labels, truth, ("a", "b", "c", "d"))
    assert np.array_equal(found.counts, confusion_matrix(truth, labels))
    recall = [c.recall.share for c in found.classes if c.recall]
    precision = [c.precision.share for c in found.classes if c.precision]
    assert recall == pytest.approx(recall_score(truth, labels, average=None).tolist())
    assert precision == pytest.approx(precision_score(truth, labels, average=None).tolist())


def test_classes_by_hand_with_their_intervals() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1])
    labels = np.array([0, 0, 0, 1, 1, 0])
    found = confusion(labels, truth, ("cat", "dog", "cow"))
    cat, dog, cow = found.classes
    assert cat.recall and (cat.recall.right, cat.recall.n) == (3, 4)
    assert (cat.recall.low, cat.recall.high) == wilson(3, 4)
    assert cat.precision and (cat.precision.right, cat.precision.n) == (3, 4)
    assert dog.recall and (dog.recall.right, dog.recall.n) == (1, 2)
    # A class without rows and without labels has neither.
    assert cow.recall is None and cow.precision is None
    assert found.accuracy == pytest.approx(4 / 6)
    assert "Found worst: dog, 50 % of its 2 rows" in found.sentence()


def test_all_right_names_no_mistake() -> None:
    found = confusion(np.array([0, 1]), np.array([0, 1]), ("a", "b"))
    assert found.sentence() == "2 of 2 rows are right, 100 %."


def test_shapes_and_labels_are_checked() -> None:
    with pytest.raises(DataError, match=re.escape("got (2, 1) and (2,)")):
        confusion(np.zeros((2, 1), dtype=np.int64), np.zeros(2, dtype=np.int64), ("a", "b"))
    with pytest.raises(DataError, match=re.escape("must be in 0 to 1")):
        confusion(np.array([0, 2]), np.array([0, 1]), ("a", "b"))
