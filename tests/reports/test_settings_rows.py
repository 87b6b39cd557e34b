from learnscope.experiment import Experiment, read_experiment
from learnscope.overrides import apply_overrides
from learnscope.reports.settings_rows import setting_rows
from tests.measures.by_hand import experiment


def differing(settings: Experiment) -> dict[str, str]:
    return {row.path: row.value for row in setting_rows(settings) if row.differs}


def test_defaults_do_not_differ() -> None:
    assert differing(experiment()) == {"problem": "spirals"}


def test_what_was_set_differs_and_says_its_default() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [3]}, training={"lr": 0.1})
    assert differing(settings) == {
        "problem": "spirals",
        "model.hidden": "3",
        "training.lr": "0.1",
    }
    defaults = {row.path: row.default for row in setting_rows(settings)}
    assert defaults["model.hidden"] == "8, 8" and defaults["training.lr"] == "0.001"


def test_another_kind_is_compared_with_its_own_defaults() -> None:
    settings = experiment(model={"kind": "polynomial"}, features=["standardise"])
    assert differing(settings) == {
        "problem": "spirals",
        "model": "polynomial",
        "features.0": "standardise",
    }


def test_every_row_is_a_setting_that_can_be_overridden() -> None:
    settings = experiment(training={"stopping": {"patience": 3}, "split": {"validation": 0.2}})
    for row in setting_rows(settings):
        if row.path.rpartition(".")[2] in {"model", "problem", "loss", "optimizer", "schedule",
                                           "init", "stopping", "split"}:  # fmt: skip
            continue
        changed = apply_overrides(settings.to_dict(), {row.path: row.value})
        if row.value != "none":
            assert read_experiment(changed) == settings, row.path
