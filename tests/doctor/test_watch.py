"""`watch` around a loop of one's own."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from learnscope.doctor.watching.sampling import Sampling
from learnscope.doctor.watching.watch import Watch, watch
from learnscope.errors import InputError

modes: Any = torch.overrides._get_current_function_mode_stack


def parts(*, dropout: float = 0.1) -> tuple[nn.Module, torch.optim.Optimizer, Tensor, Tensor]:
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 2)
    )
    X = torch.randn(96, 3)
    return model, torch.optim.Adam(model.parameters(), lr=1e-2), X, (X.sum(1) > 0).long()


def train(model: nn.Module, optimizer: Any, X: Tensor, y: Tensor, *, clear: bool = True) -> None:
    for _ in range(10):
        for rows in torch.randperm(96).view(6, 16):
            if clear:
                optimizer.zero_grad()
            loss: Any = nn.functional.cross_entropy(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()


@pytest.mark.parametrize("share", [None, 0.05])
def test_watched_loop_computes_the_same_bits(share: float | None) -> None:
    model, optimizer, X, y = parts()
    train(model, optimizer, X, y)
    alone, state = [t.clone() for t in model.state_dict().values()], torch.get_rng_state()
    model, optimizer, X, y = parts()
    with watch(model, optimizer, nn.CrossEntropyLoss(), share=share):
        train(model, optimizer, X, y)
    same = zip(alone, model.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    assert torch.equal(torch.get_rng_state(), state)


def test_sound_loop_gives_no_hint_and_its_steps_are_counted() -> None:
    model, optimizer, X, y = parts()
    with watch(model, optimizer, share=None) as w:
        train(model, optimizer, X, y)
    assert w.hints() == []
    assert w.n_steps == 60
    seen = w.seen.main_model()
    assert seen is not None and seen.module is model
    # Windows hold whole passes: each has one loss and one step.
    steps = {s.step for s in seen.parameters}
    assert {0, 1, 2, 3} <= steps and len(steps) < 25
    assert seen.rows.batches() == []


def test_fault_of_the_loop_is_named() -> None:
    model, optimizer, X, y = parts()
    with watch(model, optimizer, share=None) as w:
        train(model, optimizer, X, y, clear=False)
    assert [h.slug for h in w.hints()] == ["gradients-not-cleared"]


def test_optimiser_of_another_model_is_named() -> None:
    model, _, X, y = parts()
    optimizer = torch.optim.SGD(nn.Linear(3, 2).parameters(), lr=0.1)
    with watch(model, optimizer, share=None) as w:
        train(model, optimizer, X, y)
    assert [h.slug for h in w.hints()] == ["optimizer-misses-parameters"]


def test_nothing_stays_hooked_also_after_an_error() -> None:
    model, optimizer, X, y = parts()
    with pytest.raises(ZeroDivisionError), watch(model, optimizer):
        train(model, optimizer, X, y)
        raise ZeroDivisionError
    assert not optimizer._optimizer_step_post_hooks
    assert not nn.modules.module._global_forward_hooks
    assert not nn.modules.module._global_forward_pre_hooks
    assert not modes()


def test_a_mode_of_the_user_s_within_the_loop_is_left_in_place() -> None:
    model, optimizer, X, y = parts()
    with watch(model, optimizer, share=None) as w:
        for _ in range(4):
            with torch.device("cpu"):
                optimizer.zero_grad()
                loss: Any = nn.functional.cross_entropy(model(X), y)
                loss.backward()
                optimizer.step()
                assert torch.zeros(1).device.type == "cpu"
    assert not modes()
    assert w.n_steps == 4


def test_misuse_is_one_sentence() -> None:
    model, optimizer, *_ = parts()
    wrong: Any = optimizer
    with pytest.raises(InputError, match=r"model must be a torch\.nn\.Module, got Adam"):
        watch(wrong, optimizer)
    with pytest.raises(InputError, match=r"optimizer must be a torch\.optim\.Optimizer"):
        watch(model, wrong.state)
    with pytest.raises(InputError, match="share must be in"):
        watch(model, optimizer, share=2)
    with Watch(model, optimizer) as w, pytest.raises(InputError, match="entered already"):
        w.__enter__()


def test_samples_grow_ever_rarer() -> None:
    sampling = Sampling(share=None)
    due = [step for step in range(10_000) if sampling.due(step)]
    assert due[:4] == [0, 1, 2, 3]
    assert len(due) < 50
    assert all(b - a <= 1 + a // 4 for a, b in pairwise(due))


def test_diagnosis_without_data_is_that_of_the_loop() -> None:
    model, optimizer, X, y = parts()
    with watch(model, optimizer, share=None) as w:
        train(model, optimizer, X, y, clear=False)
    found = w.diagnosis()
    assert (found.verdict, found.findings[0].slug) == ("faulty", "gradients-not-cleared")
    assert found.findings[0].where.startswith("test_watch.py:")
    assert "data=(X, y)" in found.notes[0]


def test_diagnosis_with_data_trains_the_model_as_it_was() -> None:
    model, optimizer, X, y = parts()
    before = [p.detach().clone() for p in model.parameters()]
    with watch(model, optimizer, nn.CrossEntropyLoss(), share=None) as w:
        train(model, optimizer, X, y)
    after = [p.detach().clone() for p in model.parameters()]
    found = w.diagnosis(data=(X, y), epochs=10, batch_size=16, budget=2)
    assert found.verdict in {"healthy", "at_ceiling"}, str(found)
    assert found.record is not None
    assert all(torch.equal(a, p) for a, p in zip(after, model.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_diagnosis_with_data_needs_the_loss() -> None:
    model, optimizer, X, y = parts()
    with watch(model, optimizer) as w:
        train(model, optimizer, X, y)
    with pytest.raises(InputError, match="needs the loss"):
        w.diagnosis(data=(X, y))
