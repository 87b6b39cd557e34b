import os
from typing import Any

import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.fused import cores
from learnscope.training.member import prepare
from learnscope.training.routes import choose_route


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("cuda", ""),
        ("fusd", " Did you mean 'fused'?"),
        ("Torch", " Did you mean 'torch'?"),
        (3, ""),
    ],
)
def test_an_unknown_route_is_refused_with_those_there_are(word: Any, hint: str) -> None:
    member = prepare(ls.Experiment(problem="spirals"), 0)
    with pytest.raises(InputError) as caught:
        choose_route([member], word)
    assert str(caught.value) == f"route must be one of auto, torch, fused, got {word!r}.{hint}"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process can be restricted")
def test_only_the_cores_of_this_process_count() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, before)
