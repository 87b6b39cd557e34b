"""`atlas merge` as its user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from learnscope.cli.merge import merge
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.merge import parts_of
from learnscope.sweeps.part import Part
from tests.sweeps.victims import wanted


def test_merge_says_how_many_members_are_there_and_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("1/2", "2/2"):
        sweep(wanted(20, 3), out=tmp_path, engine="threads", route="fused", part=Part.read(text))
    parts = parts_of(wanted(20, 3), tmp_path)
    assert merge(*parts, out=tmp_path, json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["members"], found["new"], found["sources"]) == (12, 12, 2)
    assert Path(found["path"]).parent == tmp_path
    assert merge(*parts, out=tmp_path) == 0
    assert capsys.readouterr().out.startswith("12 members in ")
