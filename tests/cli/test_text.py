import math
from pathlib import Path

import pytest

import learnscope as ls
from learnscope.cli.output import finite, print_json
from learnscope.cli.text import member_lines, outcome, paragraphs, reasons, sentence
from learnscope.measures.facts import gather
from learnscope.measures.health import Health


def member(seed: int, reason: str) -> Health:
    return Health(
        seed=seed,
        diverged=False,
        dead=bool(reason),
        reason=reason,
        constant_outputs=(),
        dead_units=(0,),
        n_units=(3,),
    )


def test_each_cause_is_said_once_the_most_frequent_first() -> None:
    members = [member(0, "a."), member(1, ""), member(2, "b"), member(3, "b"), member(4, "")]
    assert reasons(members) == ["2 times: b.", "A."]
    assert reasons(members[1:2]) == []


def test_the_sentence_has_problem_model_and_training() -> None:
    text = sentence(ls.named("spirals").override({"seeds": 3, "features": "polar"}))
    assert "2 interleaved spirals" in text
    assert "MLP with hidden layers 4, 4 (relu) on polar" in text
    assert "mse, adam at 0.001, 1000 epochs, full batch" in text
    assert text.endswith("3 members from seed 0.")


def test_the_paragraphs_have_the_median_of_the_living_beside_the_ceiling() -> None:
    experiment = ls.named("spirals").override({"problem.n": 50, "seeds": 8})
    run = ls.train(experiment, route="fused")
    facts = gather(run.trained, run.metrics)
    text = "\n".join(paragraphs(facts))
    dead = [h for h in facts.health if not h.alive]
    assert dead, "among 8 seeds of this network some die"
    living = [s for s, h in zip(run.metrics["test_accuracy"], facts.health, strict=True) if h.alive]
    middle = sorted(living)[(len(living) - 1) // 2 : len(living) // 2 + 1]
    assert f"test accuracy {100 * sum(middle) / len(middle):.0f} %" in text
    assert "the best possible model expects" in text
    assert f"{len(dead)} dead" in text
    assert "output activation 'relu' stays at 0 for every row" in text
    assert "--model.output identity" in text
    assert len(member_lines(run)) == 8


def test_a_run_of_no_epochs_is_evaluated_and_long_loading_has_a_word() -> None:
    run = ls.train(ls.named("line_by_hand"), route="torch")
    run.meta["seconds_training"] = 33.0
    assert outcome(run) == "line_by_hand: 1 member evaluated in 33 s (torch route)."
    assert "33 s, 30 s of it loading the trainer (torch" in outcome(run, 30.0)
    trained = ls.train(ls.named("line_by_hand").override({"training.epochs": 1}), route="torch")
    assert outcome(trained, 1.9).startswith("line_by_hand: 1 member trained in ")
    assert "loading" not in outcome(trained, 1.9)


def test_json_has_null_for_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"a": [1.5, math.nan], "b": {"c": math.inf}, "d": (1, "x", None), "e": True}
    assert finite(data) == {"a": [1.5, None], "b": {"c": None}, "d": [1, "x", None], "e": True}
    print_json({"a": math.nan})
    assert capsys.readouterr().out == '{\n  "a": null\n}\n'


def test_the_command_line_stands_on_the_library_alone() -> None:
    """No room of the library imports the command line."""
    root = Path(ls.__file__).parent
    rooms = [p for p in root.rglob("*.py") if "cli" not in p.parts and p.name != "__main__.py"]
    assert len(rooms) > 30
    assert [p for p in rooms if "learnscope.cli" in p.read_text()] == []
