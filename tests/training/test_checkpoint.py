import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from learnscope.errors import DataError, Interrupted
from learnscope.training.checkpoint import load_checkpoint, save_checkpoint
from learnscope.training.loop import train_member
from learnscope.training.member import Examples, Member
from learnscope.training.state import TrainingState
from tests.training.members import spirals

STOPPING: Any = {"stopping": {"patience": 9}, "split": {"validation": 0.2}}


def _state(member: Member, updates: int = 5) -> TrainingState:
    saved: list[TrainingState] = []
    left = iter([False] * updates)
    with pytest.raises(Interrupted):
        train_member(member, should_stop=lambda: next(left, True), save=saved.append)
    return saved[-1]


@pytest.fixture(scope="module")
def member() -> Member:
    return spirals(batch_size=10, **STOPPING)


@pytest.fixture(scope="module")
def content(member: Member, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("state") / "state"
    save_checkpoint(path, member, _state(member))
    return path.read_bytes()


def _equal(a: TrainingState, b: TrainingState) -> None:
    for field in ("parameters", "best", "optimizer", "history"):
        one, two = getattr(a, field), getattr(b, field)
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name], strict=True)
    for field in ("epoch", "batch", "total", "count", "best_epoch", "seconds"):
        assert getattr(a, field) == getattr(b, field)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adam"},
        {"optimizer": "sgd"},
        {"optimizer": {"kind": "sgd", "momentum": 0.5}, "precision": "float32"},
        {"optimizer": {"kind": "rmsprop", "momentum": 0.5, "centered": True}},
        {"optimizer": "lbfgs", "batch_size": None},
        STOPPING,
    ],
)
@pytest.mark.parametrize("updates", [0, 1, 4])
def test_a_state_comes_back_whole(settings: Any, updates: int, tmp_path: Path) -> None:
    member = spirals(**{"batch_size": 10, **settings})
    state = _state(member, updates)
    save_checkpoint(tmp_path / "state", member, state)
    back = load_checkpoint(tmp_path / "state", member)
    assert back is not None
    _equal(state, back)
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_the_file_is_one_that_other_tools_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    path.write_bytes(content)
    with safe_open(path, framework="numpy") as file:
        assert "weights/layers.0.weight" in file.keys()
        assert json.loads(file.metadata()["state"])["epoch"] == 2


def test_no_file_and_the_file_of_another_seed_are_no_state(
    content: bytes, member: Member, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    assert load_checkpoint(path, member) is None
    path.write_bytes(content)
    assert load_checkpoint(path, spirals(seed=1, batch_size=10, **STOPPING)) is None


def _refusal(path: Path, member: Member) -> str:
    with pytest.raises(DataError) as caught:
        load_checkpoint(path, member)
    text = str(caught.value)
    assert text.startswith(f"The checkpoint {str(path)!r} ")
    assert "\n" not in text
    return text


def test_other_settings_and_other_data_are_refused(
    content: bytes, member: Member, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    other = spirals(batch_size=10, lr=0.5, **STOPPING)
    text = _refusal(path, other)
    assert text.endswith("was written for other settings. Delete it to train from the start.")
    test = member.parts["test"]
    moved = Examples(x=test.x + 1e-9, y=test.y, weight=None)
    assert "was written for other data." in _refusal(
        path, replace(member, parts={**member.parts, "test": moved})
    )
    # A title changes nothing that is trained.
    titled = member.experiment.model_copy(update={"title": "another", "seeds": 9})
    assert load_checkpoint(path, replace(member, experiment=titled)) is not None


def test_a_folder_is_refused(member: Member, tmp_path: Path) -> None:
    assert "cannot be read" in _refusal(tmp_path, member)


def _pickle() -> bytes:
    file = io.BytesIO()
    torch.save({"weights": torch.zeros(3)}, file)
    return file.getvalue()


def _with_header(text: bytes, arrays: bytes = b"") -> bytes:
    return len(text).to_bytes(8, "little") + text + arrays


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00" * 4000,
        b"garbage that is longer than eight bytes",
        _pickle(),
        (2**63 - 1).to_bytes(8, "little") + b"{}",
        _with_header(b"[]"),
        _with_header(b"[" * 100_000),
        _with_header(b"{\xff}"),
        _with_header(b'{"a": ' + b"9" * 5000 + b"}"),
    ],
    ids=str,
)
def test_what_is_no_such_file_is_said_to_be_none(
    data: bytes, member: Member, tmp_path: Path
) -> None:
    path = tmp_path / "state"
    path.write_bytes(data)
    text = _refusal(path, member)
    assert "safetensors format" in text


def test_another_safetensors_file_is_refused(member: Member, tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(_with_header(b'{"__metadata__": {"format": "pt"}}'))
    assert "holds something else than a training state" in _refusal(path, member)


def test_every_truncation_is_refused(content: bytes, member: Member, tmp_path: Path) -> None:
    path = tmp_path / "state"
    for length in [*range(0, len(content), 61), len(content) - 1]:
        path.write_bytes(content[:length])
        _refusal(path, member)
    path.write_bytes(content + b"\x00")
    assert "is cut off or padded" in _refusal(path, member)


@given(data=st.data())
def test_no_changed_byte_gives_another_state(
    data: st.DataObject, content: bytes, member: Member, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed"
    place = data.draw(st.integers(0, len(content) - 1))
    value = data.draw(st.integers(0, 255))
    path.write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
    path_whole = path.with_name("unchanged")
    path_whole.write_bytes(content)
    try:
        found = load_checkpoint(path, member)
    except DataError:
        return
    whole = load_checkpoint(path_whole, member)
    # Blanks of the header may change; nothing else may.
    assert found is not None and whole is not None
    _equal(found, whole)


def _bad(field: str, change: Callable[[Any], Any]) -> Callable[[TrainingState], TrainingState]:
    return lambda state: replace(state, **{field: change(getattr(state, field))})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            _bad("parameters", lambda p: {**p, "layers.0.bias": np.zeros(6)}),
            "holds 'weights/layers.0.bias' as float64 (6,), and this training has float64 (5,)",
        ),
        (
            _bad("parameters", lambda p: {**p, "layers.0.bias": np.zeros(5, np.float32)}),
            "holds 'weights/layers.0.bias' as float32 (5,), and this training has float64 (5,)",
        ),
        (
            _bad("parameters", lambda p: {**p, "layers.0.bias": np.zeros(5, np.int64)}),
            "holds 'weights/layers.0.bias' as another type (5,)",
        ),
        (
            _bad("parameters", lambda p: {**p, "layers.9.bias": np.zeros(5)}),
            "holds the array 'weights/layers.9.bias', which this training does not have",
        ),
        (
            _bad("optimizer", lambda o: dict(list(o.items())[1:])),
            "lacks the array 'optimizer/layers.0.weight.",
        ),
        (
            _bad("optimizer", lambda o: {**o, "layers.0.bias.step": np.array(4.0)}),
            "says 4 updates in 'layers.0.bias.step', not 5",
        ),
        (
            _bad("parameters", lambda p: {**p, "layers.0.bias": np.full(5, math.nan)}),
            "holds numbers that are not finite in 'weights/layers.0.bias'",
        ),
        (_bad("epoch", lambda e: 6), "says epoch = 6, not one of -1 to 5"),
        (_bad("epoch", lambda e: True), "says epoch = True, not one of -1 to 5"),
        (_bad("batch", lambda b: 3), "says batch = 3, not one of 0 to 1"),
        (_bad("batch", lambda b: -1), "says batch = -1, not one of 0 to 1"),
        (_bad("total", lambda t: math.inf), "says total = inf, not a finite number"),
        (_bad("best_epoch", lambda e: 4), "has no history of its best epoch 4"),
        (
            _bad("history", lambda h: {**h, "epoch": h["epoch"] + 1}),
            "has a history of other epochs",
        ),
    ],
)
def test_a_state_that_no_training_has_is_refused(
    spoil: Callable[[TrainingState], TrainingState],
    message: str,
    member: Member,
    tmp_path: Path,
) -> None:
    assert len(member.parts["train"].x) == 20  # two batches of ten
    path = tmp_path / "state"
    save_checkpoint(path, member, spoil(_state(member)))
    assert message in _refusal(path, member)


def test_a_disk_that_refuses_is_said_so(member: Member, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        save_checkpoint(tmp_path / "missing" / "state", member, _state(member))
