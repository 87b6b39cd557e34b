import copy
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from learnscope.errors import InputError
from learnscope.experiment import Experiment, json_schema, load_experiment, read_experiment
from learnscope.features.polar import Polar
from learnscope.models import Linear, Mlp, Polynomial
from learnscope.models.init import NormalInit
from learnscope.problems.spirals import Spirals
from learnscope.training.losses.bce import Bce
from learnscope.training.settings import Training
from tests.random_settings import experiments

PLAIN = Experiment(problem=Spirals())
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
# Drawing an experiment builds some hundred settings; the count of draws is what matters here.
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def flat(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and value of everything in a table."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def inline(value: Any) -> str:
    """Write a value as TOML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def tables(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every table of plain data."""
    if isinstance(data, dict):
        yield data
        for value in data.values():
            yield from tables(value)
    elif isinstance(data, list):
        for value in data:
            yield from tables(value)


@many
@given(experiments())
def test_an_experiment_comes_back_from_toml_json_dict_and_overrides(experiment: Experiment) -> None:
    assert read_experiment(tomllib.loads(experiment.to_toml())) == experiment
    assert read_experiment(json.loads(experiment.to_json())) == experiment
    data = experiment.to_dict()
    assert read_experiment(data) == experiment
    # Text among overrides is read like a flag, so text itself stands in quotes.
    given = {k: inline(v) if isinstance(v, str) else v for k, v in flat(data)}
    assert read_experiment({"problem": data["problem"]["kind"]}).override(given) == experiment


@many
@given(experiments())
def test_an_experiment_comes_back_from_flags(experiment: Experiment) -> None:
    data = experiment.to_dict()
    written = {path: inline(value) for path, value in flat(data)}
    assert read_experiment({"problem": data["problem"]["kind"]}).override(written) == experiment


@many
@given(experiments())
def test_numbers_are_plain_in_the_dumped_data(experiment: Experiment) -> None:
    # What json does not know itself is refused here.
    assert json.loads(json.dumps(experiment.to_dict(), allow_nan=False)) == experiment.to_dict()


@many
@given(experiments(), st.data())
def test_the_json_schema_takes_what_is_dumped_and_refuses_unknown_keys(
    experiment: Experiment, data: st.DataObject
) -> None:
    dumped = experiment.to_dict()
    VALIDATOR.validate(dumped)
    spoiled = copy.deepcopy(dumped)
    data.draw(st.sampled_from(list(tables(spoiled))))["unheard_of"] = 1
    assert not VALIDATOR.is_valid(spoiled)
    with pytest.raises(InputError, match="has no setting 'unheard_of'"):
        read_experiment(spoiled)


def test_the_json_schema_refuses_wrong_types_and_ranges() -> None:
    for path, value in (("seeds", 0), ("seed", 1.5), ("training.lr", -1), ("model.hidden", [0])):
        data = PLAIN.to_dict()
        *way, last = path.split(".")
        here = data
        for word in way:
            here = here[word]
        here[last] = value
        assert not VALIDATOR.is_valid(data), path


def test_an_experiment_is_a_frozen_value() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PLAIN.seed = 1  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        PLAIN.training.lr = 1.0  # type: ignore[misc]
    assert hash(PLAIN) == hash(read_experiment({"problem": "spirals"}))


def test_words_stand_for_kinds_everywhere() -> None:
    short = read_experiment(
        {
            "problem": "spirals",
            "features": ["polar"],
            "model": "linear",
            "training": {"loss": "bce_logits", "optimizer": "adam", "schedule": "cosine"},
        }
    )
    assert short.features == (Polar(),)
    assert short.model == Linear()
    assert short.training.loss.kind_name() == "bce_logits"


@pytest.mark.parametrize(
    ("overrides", "model"),
    [
        ({"model.hidden": "8,8"}, Mlp(hidden=(8, 8))),
        ({"model.hidden": "16"}, Mlp(hidden=(16,))),
        ({"model.hidden": 16}, Mlp(hidden=(16,))),
        ({"model.hidden": np.int64(16)}, Mlp(hidden=(16,))),
        ({"model.hidden": np.array([4, 2])}, Mlp(hidden=(4, 2))),
        ({"model.hidden": "[]"}, Mlp(hidden=())),
        ({"model.hidden": ""}, Mlp(hidden=())),
        ({"model.hidden": "4,4", "model.activation": "relu,tanh"}, None),
        ({"model": "linear"}, Linear()),
        ({"model.kind": "polynomial", "model.degree": "3"}, Polynomial(degree=3)),
        ({"model.degree": "3", "model.kind": "polynomial"}, Polynomial(degree=3)),
        ({"model.init": "normal", "model.init.sd": "2"}, Mlp(init=NormalInit(sd=2.0))),
    ],
)
def test_overrides_read_flags(overrides: dict[str, Any], model: Any) -> None:
    expected = model or Mlp(hidden=(4, 4), activation=("relu", "tanh"))
    assert PLAIN.override(overrides).model == expected
    assert PLAIN.model == Mlp()


def test_switching_the_kind_resets_its_settings() -> None:
    first = PLAIN.override({"model.output": "tanh", "model.hidden": "3"})
    linear = first.override({"model.kind": "linear"})
    assert linear.model == Linear()
    assert linear.override({"model.kind": "mlp"}).model == Mlp()
    assert first.override({"model.kind": "mlp"}) == first


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"modle.hidden": 3}, "Experiment has no setting 'modle'. Did you mean 'model'?"),
        ({"model.hiden": 3}, "model has no setting 'hiden'. Did you mean 'hidden'?"),
        ({"model.hidden": "8,x"}, "model.hidden.1 must be a whole number, got 'x'."),
        ({"training.lr": "fast"}, "training.lr must be a number, got 'fast'."),
        ({"training.lr.x": "1"}, "training.lr is a value (0.001), it has no settings"),
        ({"training.optimizer": "adm"}, "training.optimizer must be one of"),
        ({"training.optimizer": "adm"}, "got 'adm'. Did you mean 'adam'?"),
        ({"training.lr": "inf"}, "training.lr must be a finite number, got inf."),
        ({"seed": 2**32}, "seed must be < 4294967296, got 4294967296."),
        ({"problem.seed": 2**32}, "problem.seed must be < 4294967296"),
        ({"name": "../evil"}, "name must be text like"),
    ],
)
def test_a_bad_override_is_refused_in_a_sentence(overrides: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        PLAIN.override(overrides)


def test_members_have_seeds_in_a_row() -> None:
    assert list(PLAIN.override({"seed": 5, "seeds": 3}).root_seeds()) == [5, 6, 7]


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_an_experiment_comes_back_from_a_file(tmp_path: Path, suffix: str) -> None:
    experiment = PLAIN.override({"title": "Zwei Spiralen: größer, 螺旋", "features": "polar"})
    text = experiment.to_json() if suffix == ".json" else experiment.to_toml()
    path = tmp_path / f"spirals{suffix}"
    path.write_text(text, encoding="utf-8")
    assert load_experiment(path) == experiment
    assert load_experiment(str(path)) == experiment


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.toml", b"problem = ", "is not TOML"),
        ("a.json", b"{", "is not JSON"),
        ("a.json", b"[1]", "must hold a table of settings, got list."),
        ("a.toml", b"\xff\xfe", "cannot be read"),
        ("a.toml", b"seeds = 2", "': problem is needed and has no default: please set it."),
        ("a.toml", b"problem = 'spirals'\nseeds = 0", "': seeds must be >= 1, got 0."),
        ("a.json", b'{"problem": "spirals", "training": {"lr": NaN}}', "lr must be a finite"),
        ("a.json", b"[" * 100_000, "is not JSON"),
        ("a.toml", b"a = " + b"[" * 100_000, "is not TOML"),
        ("a.json", b'{"seed": ' + b"9" * 5000 + b"}", "is not JSON"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused_with_its_name(
    tmp_path: Path, name: str, text: bytes, complaint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    with pytest.raises(InputError, match=re.escape(complaint)) as caught:
        load_experiment(path)
    assert repr(str(path)) in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        load_experiment(tmp_path / "none.toml")
    with pytest.raises(InputError, match="is a folder, not an experiment file"):
        load_experiment(tmp_path)


def test_a_plain_experiment_has_no_warnings() -> None:
    assert PLAIN.warnings() == ()


def test_impossible_combinations_stop_the_making_of_an_experiment() -> None:
    # The sentences themselves are tested with the rules.
    with pytest.raises(InputError, match=r"^model\.output must be 'sigmoid' for the"):
        Experiment(problem=Spirals(), training=Training(loss=Bce()))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("polar", ["polar"]), ("standardise,polar", ["standardise", "polar"]), ("", []), ("[]", [])],
)
def test_features_are_read_from_one_flag(text: str, kinds: list[str]) -> None:
    features = PLAIN.override({"features": "phase"}).override({"features": text}).features
    assert [f.kind_name() for f in features] == kinds


@pytest.mark.parametrize(("seed", "seeds"), [(2**32 - 1, 2), (2**32 - 9, 10)])
def test_every_member_must_have_a_seed(seed: int, seeds: int) -> None:
    message = rf"seed \+ seeds must be at most 2\*\*32, got {seed} \+ {seeds}\. Begin with"
    with pytest.raises(InputError, match=message):
        Experiment(problem=Spirals(), seed=seed, seeds=seeds)


def test_the_last_seed_is_one_of_a_member() -> None:
    assert list(Experiment(problem=Spirals(), seed=2**32 - 1).root_seeds()) == [2**32 - 1]
