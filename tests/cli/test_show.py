import json
from pathlib import Path

import jsonschema
import pytest

import learnscope as ls
from learnscope.training.member import prepare
from tests.cli.calling import Cli


def test_show_explains_network_settings_and_ceiling(cli: Cli) -> None:
    text = cli("show", "spirals").out
    # The network 2-4-4-1: 3 * 4 + 5 * 4 + 5 parameters.
    assert "37 parameters in all." in text
    assert "linear 4 -> 4  140 x 4" in text
    assert 'kind = "spirals"' in text
    assert "Warning: model.output = 'relu'" in text
    assert "The best possible model is right on" in text
    assert ls.catalogue.about("spirals").summary in text


def test_overrides_change_what_is_shown(cli: Cli) -> None:
    data = cli("show", "spirals", "--model.hidden=64,64", "--json").data
    assert data["n_parameters"] == 3 * 64 + 65 * 64 + 65
    assert data["experiment"]["model"]["hidden"] == [64, 64]
    truth = prepare(ls.named("spirals"), 0).sample.truth
    assert truth is not None
    assert data["floor"] == truth.floor()


def test_toml_is_a_file_that_can_be_run(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(cli("show", "spirals", "--toml", "--set=seeds=3").out)
    assert ls.load_experiment(path) == ls.named("spirals").override({"seeds": 3})


def test_the_schema_accepts_the_catalogue(cli: Cli) -> None:
    schema = json.loads(cli("show", "--schema").out)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for name in ls.names():
        validator.validate(ls.named(name).to_dict())


def test_a_run_can_be_shown(cli: Cli, finished: Path) -> None:
    data = cli("show", "last", "--json", f"--out={finished}").data
    run = ls.load_run(next(finished.glob("spirals/*")))
    assert data["experiment"] == run.experiment.to_dict()
    assert data["about"] is None


@pytest.mark.parametrize("name", ls.names())
def test_every_experiment_of_the_catalogue_can_be_shown(cli: Cli, name: str) -> None:
    data = cli("show", name, "--json").data
    assert data["about"]["summary"]
    assert data["n_parameters"] == sum(step["parameters"] for step in data["trace"])


def test_an_unknown_name_is_refused_with_the_nearest(cli: Cli, tmp_path: Path) -> None:
    answer = cli("show", "spiral", f"--out={tmp_path}")
    assert answer.code == 2
    assert "Did you mean 'spirals'?" in answer.complaint
