"""The diagnosis in a run's report: asked for where the outcome is poor, and only there."""

import learnscope as ls
from learnscope.reports.diagnosing import diagnosis_of, worst_of
from learnscope.reports.report import render
from learnscope.runs.run import Run


def line(**changes: object) -> Run:
    return ls.train(
        ls.Experiment(
            problem={"kind": "blobs", "sd": 0.5},
            model={"kind": "mlp", "hidden": [8]},
            training={"loss": "cross_entropy", "lr": 0.02, "epochs": 400},
        ).override(changes)
    )


def test_a_run_that_does_well_is_said_to_be_sound_without_training_again() -> None:
    run = line()
    found = diagnosis_of(run.facts, budget=1e-9)
    assert found is not None
    assert found.verdict in ("healthy", "at_ceiling") and found.findings == ()


def test_a_run_that_hardly_learned_has_its_cause_in_the_report() -> None:
    run = line(**{"training.lr": 1e-6, "seeds": 2})
    found = diagnosis_of(run.facts)
    assert found is not None and found.verdict == "faulty"
    page = render(run, [], diagnosis=found)
    assert "Diagnosis" in page and found.findings[0].change.split(" (")[0] in page


def test_what_was_not_trained_is_not_diagnosed() -> None:
    assert diagnosis_of(line(**{"training.epochs": 0}).facts) is None


def test_the_worst_member_is_the_one_with_the_greatest_loss() -> None:
    run = line(seeds=3)
    losses = [t.result.history["train_loss"][-1] for t in run.trained]
    assert worst_of(run.trained).result.history["train_loss"][-1] == max(losses)
