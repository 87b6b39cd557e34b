import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from learnscope.errors import DataError
from learnscope.tensors import MAX_HEAD, Expected, read_tensors, write_tensors

EXPECTED = {"w": ((2, 3), "float32"), "b": ((2,), "float32")}
ARRAYS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(2, np.float32)}


def _file(folder: Path) -> Path:
    path = folder / "w.safetensors"
    write_tensors(path, ARRAYS, {"seeds": [1, 2]})
    return path


def test_what_is_written_is_read_here_and_by_the_format_s_own_reader(tmp_path: Path) -> None:
    path = _file(tmp_path)
    arrays, metadata = read_tensors(path, EXPECTED)
    assert metadata == {"seeds": [1, 2]}
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(arrays[name], array)
        np.testing.assert_array_equal(array, ARRAYS[name])


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"w": ((2, 3), "float32")}, "has 'b', which the model has not"),
        ({**EXPECTED, "c": ((1,), "float32")}, "lacks 'c'"),
        (
            {**EXPECTED, "w": ((3, 2), "float32")},
            r"w must be \(3, 2\) float32, got \(2, 3\) float32",
        ),
        (
            {**EXPECTED, "b": ((2,), "float64")},
            r"b must be \(2,\) float64, got \(2,\) float32",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, expected: dict[str, tuple[tuple[int, ...], str]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_tensors(_file(tmp_path), expected)


@given(st.data())
def test_a_file_cut_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = _file(tmp_path_factory.mktemp("cut"))
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(DataError, match=r"cut short or damaged|is not a safetensors file"):
        read_tensors(path, EXPECTED)


@given(st.binary(max_size=400))
def test_garbage_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("garbage") / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_tensors(path, EXPECTED)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('the pickle ran')",))


def test_a_pickle_is_named_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(DataError, match="is a pickle or a PyTorch archive"):
        read_tensors(path, EXPECTED)


def test_a_head_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", MAX_HEAD + 1) + b" " * 100)
    with pytest.raises(DataError, match="is not a safetensors file"):
        read_tensors(path, EXPECTED)


def test_a_head_with_lies_about_offsets_is_refused(tmp_path: Path) -> None:
    head = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 8]}}).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", len(head)) + head + b"\0" * 8)
    with pytest.raises(DataError, match="cannot be read"):
        read_tensors(path, {"w": ((2, 3), "float32")})


def _with_head(path: Path, head: object, content: int = 24) -> Path:
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * content)
    return path


GOOD = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}


@pytest.mark.parametrize(
    "change",
    [
        {"data_offsets": "abc"},
        {"data_offsets": None},
        {"data_offsets": 24},
        {"data_offsets": [0, None]},
        {"data_offsets": [0, [24]]},
        {"data_offsets": [0, float("inf")]},
        {"data_offsets": [0, 24.0]},
        {"data_offsets": [False, 24]},
        {"data_offsets": [30, 24]},
        {"data_offsets": [0, 12, 24]},
        {"shape": None},
        {"shape": 6},
        {"shape": [-2, -3]},
        {"shape": [2, "3"]},
        {"shape": [2**63, 3]},
        {"dtype": []},
        {"dtype": {}},
        {"dtype": "F31"},
        {"more": 1},
    ],
    ids=str,
)
def test_an_entry_that_is_none_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    for expected in ({"w": ((2, 3), "float32")}, None):
        with pytest.raises(DataError, match="is not a safetensors file, or its beginning"):
            read_tensors(_with_head(tmp_path / "w", {"w": {**GOOD, **change}}), expected)


@pytest.mark.parametrize("key", GOOD)
def test_an_entry_that_lacks_something_is_refused(tmp_path: Path, key: str) -> None:
    entry = {k: v for k, v in GOOD.items() if k != key}
    with pytest.raises(DataError, match="is not a safetensors file"):
        read_tensors(_with_head(tmp_path / "w", {"w": entry}), {"w": ((2, 3), "float32")})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
# Most entries are wrong in one place, where a reader is most likely to believe the rest.
SPOILT = st.builds(lambda key, value: {**GOOD, key: value}, st.sampled_from(sorted(GOOD)), JSON)
OFFSETS = st.lists(JSON, max_size=3).map(lambda v: {**GOOD, "data_offsets": v})
HEADS = JSON | st.fixed_dictionaries(
    {"w": SPOILT | OFFSETS | JSON}, optional={"__metadata__": JSON, "b": st.just(GOOD)}
)


@given(head=HEADS, expected=st.sampled_from([None, {"w": ((2, 3), "float32")}]))
def test_any_head_is_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, head: object, expected: Expected | None
) -> None:
    path = _with_head(tmp_path_factory.getbasetemp() / "head", head)
    try:
        arrays, _ = read_tensors(path, expected)
    except DataError:
        return
    # Only the size of the file, and with it the content, was given.
    assert sum(a.nbytes for a in arrays.values()) == 24
