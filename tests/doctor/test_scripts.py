"""Programs in many loop styles: each is run unmodified and its fault is named."""

import runpy
import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.joining import judge
from learnscope.doctor.watching.programs import read_program
from tests.doctor.conftest import SCRIPTS, Run

FAULTY = {
    "broadcast_bare_loop": "broadcast-loss",
    "broadcast_metric_module": "broadcast-metric",
    "detached_encoder": "detached-graph",
    "eval_never_train": "training-in-eval-mode",
    "graph_kept_list": "graph-kept",
    "never_eval": "evaluation-in-training-mode",
    "no_step_lightning": "weights-do-not-move",
    "not_cleared_loader": "gradients-not-cleared",
    "old_optimizer": "optimizer-misses-parameters",
    "penalty_by_hand": "penalty-too-strong",
    "softmax_functional": "softmax-before-cross-entropy",
    "step_first_class": "step-before-backward",
}
RAISING = {
    "raises_bce": "shape-mismatch",
    "raises_conv": "shape-mismatch",
    "raises_target": "target-out-of-range",
    "raises_twice": "backward-twice",
}
SOUND = sorted(path.stem for path in SCRIPTS.glob("sound_*.py"))


def weights(names: dict[str, object]) -> list[Tensor]:
    """Every parameter and every tensor that the main module of a program names, in order."""
    found = []
    for name in sorted(names):
        value = names[name]
        if isinstance(value, nn.Module):
            found += list(value.state_dict().values())
        elif isinstance(value, Tensor):
            found.append(value.detach())
    return found


def test_every_script_is_in_a_table() -> None:
    assert {p.stem for p in SCRIPTS.glob("*.py")} == {*FAULTY, *RAISING, *SOUND}
    assert len(SOUND) >= 7


@pytest.mark.parametrize(("name", "slug"), [*FAULTY.items(), *RAISING.items()])
def test_fault_comes_first_with_its_line(name: str, slug: str, run: Run) -> None:
    program = read_program(SCRIPTS / f"{name}.py")
    data = judge(program, run(f"{name}.py"), budget=1.0)
    first = data["findings"][0]
    assert (first["slug"], data["verdict"]) == (slug, "faulty")
    file, _, line = first["where"].partition(":")
    assert file == f"{name}.py" and 1 <= int(line) <= len(program.pieces[0].source.splitlines())


@pytest.mark.parametrize("name", SOUND)
def test_sound_program_is_left_in_peace(name: str, run: Run) -> None:
    ran = run(f"{name}.py")
    assert ran.error is None and not ran.seen.faults
    assert wiring.look(ran.seen) == []


@pytest.mark.parametrize("name", [*FAULTY, *SOUND])
def test_a_watched_program_computes_the_same_bits(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [f"{name}.py"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        alone = weights(runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__"))
    state = torch.get_rng_state()
    torch.manual_seed(1)
    ran = run(f"{name}.py")
    watched = weights(ran.names)
    assert torch.equal(torch.get_rng_state(), state)
    assert len(alone) == len(watched)
    assert all(torch.equal(a, b) for a, b in zip(alone, watched, strict=True))
    assert not ran.seen.faults


def test_program_finds_its_arguments_and_its_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text(
        "import sys\nassert __name__ == '__main__'\ngot = (sys.argv, sys.path[0], __file__)\n"
    )
    ran = run(path, "--epochs", "3")
    assert ran.error is None
    assert ran.names["got"] == ([str(path), "--epochs", "3"], str(tmp_path), str(path))


def test_program_that_leaves_with_status_0_has_not_failed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "main.py"
    path.write_text("import sys\nsys.exit(0)\n")
    assert run(path).error is None
    path.write_text("import sys\nsys.exit('no data')\n")
    assert isinstance(run(path).error, SystemExit)
