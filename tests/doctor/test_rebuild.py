"""Loops put together again from what was seen: their data, their loss, their settings."""

from pathlib import Path

import pytest
import torch

from learnscope.doctor.watching.rebuild import Rebuilt, rebuild
from tests.doctor.conftest import Run


def test_rows_of_a_shuffled_loop_are_its_rows(run: Run) -> None:
    ran = run("broadcast_bare_loop.py")
    found = rebuild(ran.seen)
    assert isinstance(found, Rebuilt)
    X, y = ran.names["X"], ran.names["y"]
    order = torch.cdist(found.X, X[:160]).argmin(1)
    assert sorted(order.tolist()) == list(range(160))
    assert torch.equal(found.X, X[order]) and torch.equal(found.y, y[order])
    assert found.X_test is not None and torch.equal(found.X_test, X[160:])
    assert found.y_test is not None and torch.equal(found.y_test, y[160:])
    assert (found.epochs, found.batch_size, found.shuffle) == (20, 32, True)


def test_loss_written_by_hand_is_a_function_again(run: Run) -> None:
    found = rebuild(run("broadcast_bare_loop.py").seen)
    assert isinstance(found, Rebuilt)
    out, y = torch.randn(7, 1), torch.randn(7)
    # The mean over all pairs, as NumPy's rules of broadcasting have it.
    expected = sum((float(o) - float(t)) ** 2 for o in out[:, 0] for t in y) / 49
    assert float(found.loss(out, y)) == pytest.approx(expected, rel=1e-5)


def test_optimiser_is_the_program_s_over_the_copy(run: Run) -> None:
    ran = run("sound_loader.py", "--lr", "0.003", "--epochs", "4")
    found = rebuild(ran.seen)
    assert isinstance(found, Rebuilt)
    assert type(found.optimizer) is torch.optim.AdamW
    assert found.optimizer.param_groups[0]["lr"] == 0.003
    own = {id(p) for p in found.model.parameters()}
    assert {id(p) for p in found.optimizer.param_groups[0]["params"]} == own
    assert found.epochs == 4
    assert any("schedule" in note for note in found.notes)


def test_accumulated_batches_are_one(run: Run) -> None:
    found = rebuild(run("sound_accumulation.py").seen)
    assert isinstance(found, Rebuilt)
    assert found.batch_size == 64
    out, y = torch.randn(64, 2), torch.randint(0, 2, (64,))
    # Four gradients of mean / 4 add up to that of the mean over all rows.
    assert torch.allclose(found.loss(out, y), torch.nn.functional.cross_entropy(out, y))


def test_rebuilt_loop_trains_as_the_program_did(run: Run) -> None:
    ran = run("graph_kept_list.py")
    found = rebuild(ran.seen)
    assert isinstance(found, Rebuilt)
    for _ in range(found.epochs):
        loss = found.loss(found.model(found.X), found.y)
        found.optimizer.zero_grad()
        loss.backward()
        found.optimizer.step()
    for a, b in zip(found.model.parameters(), ran.names["net"].parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("sound_gan", "Several models"),
        ("sound_by_hand", "No model"),
        ("sound_recurrent", "takes 2 tensors"),
        ("old_optimizer", "No optimiser"),
    ],
)
def test_what_cannot_be_rebuilt_says_why(name: str, why: str, run: Run) -> None:
    found = rebuild(run(f"{name}.py").seen)
    assert isinstance(found, str) and why in found


def test_operations_behind_the_model_belong_to_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\n"
        "from torch import nn\n"
        "net = nn.Linear(3, 4)\n"
        "opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "X, y = torch.randn(20, 3), torch.arange(20) % 4\n"
        "for _ in range(5):\n"
        "    loss = nn.CrossEntropyLoss()(torch.softmax(net(X), 1), y)\n"
        "    opt.zero_grad(); loss.backward(); opt.step()\n"
    )
    found = rebuild(run(path).seen)
    assert isinstance(found, Rebuilt)
    out = found.model(torch.randn(6, 3))
    assert torch.allclose(out.sum(1), torch.ones(6))
    assert isinstance(found.loss, torch.nn.CrossEntropyLoss)
