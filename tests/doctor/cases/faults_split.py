"""Faults between train and test rows: leaks, other preprocessing, other labels."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.doctor.cases import scores
from tests.doctor.cases.program import Program, case
from tests.doctor.cases.tables import blobs, bundled, column, digits, scaled, split


def _shared_rows(p: Program) -> bool:
    """Tell whether more than a tenth of the test rows stand among the training rows."""
    apart = torch.cdist(p.X_test.flatten(1), p.X.flatten(1)).amin(1)
    return float((apart < 1e-5).double().mean()) > 0.1


@case("train-test-leak", good=0.85, violates=_shared_rows)
def test_rows_in_training(seed: int, mended: bool) -> Program:
    """The split was made after the rows had been doubled to have more of them."""
    s = digits(seed, n=900)
    if not mended:
        s = s._replace(X=torch.cat([s.X, s.X_test[:150]]), y=torch.cat([s.y, s.y_test[:150]]))
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("train-test-leak", good=0.6, violates=_shared_rows)
def oversampled_before_split(seed: int, mended: bool) -> Program:
    """Rows were repeated to balance classes and only then split."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((200, 5)), np.zeros(200, dtype=int)
    y[:] = x[:, 0] + 0.5 * rng.standard_normal(200) > 0
    again = np.arange(200) if mended else np.repeat(np.arange(200), 3)
    s = split(x[again], y[again], seed)
    model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=nn.BCEWithLogitsLoss(), optimizer=opt, epochs=15, batch_size=32, score=scores.logit,
    )  # fmt: skip


def _one_column_tells_all(p: Program) -> bool:
    """Tell whether one column alone orders the labels perfectly and no other comes near."""
    from sklearn.metrics import roc_auc_score

    y = p.y.reshape(-1).numpy()
    areas = sorted(abs(roc_auc_score(y, c) - 0.5) + 0.5 for c in p.X.numpy().T)
    return bool(areas[-1] > 0.995 and areas[-2] < 0.9)


@case("target-leak", good=0.6, violates=_one_column_tells_all)
def account_closed_flag(seed: int, mended: bool) -> Program:
    """A column that is written down only after the customer has left."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((500, 7))
    y = (x[:, 0] - x[:, 1] + 1.5 * rng.standard_normal(500) > 0).astype(int)
    x[:, 6] = rng.standard_normal(500) if mended else 2 * y + 0.1 * rng.standard_normal(500)
    s = split(x, y, seed)
    model = nn.Sequential(nn.Linear(7, 16), nn.ReLU(), nn.Linear(16, 1))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    return Program(
        model=model, X=s.X, y=column(s.y), X_test=s.X_test, y_test=column(s.y_test),
        loss=F.binary_cross_entropy_with_logits, optimizer=opt, epochs=20, batch_size=32,
        score=scores.logit,
    )  # fmt: skip


@case("test-preprocessing-differs", good=0.9)
def test_images_not_divided(seed: int, mended: bool) -> Program:
    """Training images are divided by 16 and shifted, test images are not."""
    s = scaled(digits(seed))
    X_test = s.X_test if mended else digits(seed).X_test * 16
    model = nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 10))
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    return Program(
        model=model, X=s.X, y=s.y, X_test=X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=15, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("test-preprocessing-differs", good=0.9)
def scaled_train_raw_test(seed: int, mended: bool) -> Program:
    """The scaler was fitted and used on the training rows alone."""
    raw = bundled("cancer", seed)
    s = scaled(raw)
    X_test = s.X_test if mended else raw.X_test
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 2))
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model=model, X=s.X, y=s.y, X_test=X_test, y_test=s.y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("test-labels-differ", good=0.9)
def two_label_encoders(seed: int, mended: bool) -> Program:
    """The test labels were coded by an encoder of their own, in another order."""
    s = blobs(seed, n=600, k=4)
    y_test = s.y_test if mended else torch.tensor([2, 0, 3, 1])[s.y_test]
    model = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 4))
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=20, batch_size=32, score=scores.classes,
    )  # fmt: skip


@case("test-labels-differ", good=0.9)
def test_labels_from_one(seed: int, mended: bool) -> Program:
    """Test labels count from one, training labels from zero."""
    s = scaled(bundled("iris", seed))
    y_test = s.y_test if mended else s.y_test + 1
    model = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    return Program(
        model=model, X=s.X, y=s.y, X_test=s.X_test, y_test=y_test, loss=nn.CrossEntropyLoss(),
        optimizer=opt, epochs=50, batch_size=16, score=scores.classes,
    )  # fmt: skip
