import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.experiment import Experiment, read_experiment
from learnscope.export import FEATURE_CODES, NETWORK_CODES, export_files
from learnscope.export.networks import ACTIVATION_CODES, network_code
from learnscope.features import FEATURES
from learnscope.models.activations import ACTIVATIONS
from learnscope.predictor import Predictor
from learnscope.trained import Trained
from learnscope.training.loop import train_member
from learnscope.training.member import prepare
from tests.export.exported import answers, command, written

PLANE = {"kind": "gaussian_surface", "n": 40}
MOONS = {"kind": "moons", "n": 40}
BLOBS = {"kind": "blobs", "n": 60}
DIGITS = {"kind": "digits", "n": 80}

MAPS: dict[str, list[dict[str, Any]]] = {
    "identity": [{}],
    "standardise": [{}, {"scale": False}],
    "minmax": [{}, {"low": -1.5, "high": 0.25}],
    "polar": [{}, {"keep": True}],
    "phase": [{"factor": 0.3}, {"keep": True}],
    "radius_squared": [{}, {"keep": True}],
    "powers": [{"powers": [3, 1]}],
    "products": [{}, {"squares": True, "keep": True}],
    "monomials": [{"degree": 3}],
    "sines": [{"frequencies": [1.0, 2.5]}, {"cosines": False, "keep": True}],
    "fourier": [{"terms": 2, "period": 3.0}, {"keep": True}],
    "random_fourier": [{"n": 7, "scale": 0.5, "seed": 3}],
}


def case(problem: Mapping[str, Any], **settings: Any) -> Experiment:
    training = {"epochs": 3, "lr": 0.01, **settings.pop("training", {})}
    return read_experiment({"name": "case", "problem": problem, "training": training, **settings})


def cases() -> dict[str, Experiment]:
    """Every map, activation, output and kind of head, on something small."""
    small = {"kind": "mlp", "hidden": [5, 4], "activation": "tanh"}
    found = {
        f"map {kind} {i}": case(PLANE, features=[{"kind": kind, **options}], model=small)
        for kind, rows in MAPS.items()
        for i, options in enumerate(rows)
    }
    found["maps, one of them twice"] = case(
        PLANE, features=["standardise", {"kind": "products", "keep": True}, "standardise"]
    )
    for name, activation in ACTIVATIONS.items():
        if activation.use == "any":
            model = {"kind": "mlp", "hidden": [4], "activation": name, "output": name}
            found[f"activation {name}"] = case(
                PLANE, model=model, training={"precision": "float64"}
            )
    found["activation step"] = case(
        PLANE, model={"kind": "mlp", "hidden": [4], "activation": "step"}, training={"epochs": 0}
    )
    found |= {
        "linear": case(PLANE, model={"kind": "linear"}),
        "linear without biases": case(PLANE, model={"kind": "linear", "bias": False}),
        "polynomial": case({"kind": "sine"}, model={"kind": "polynomial", "degree": 4}),
        "scaled target": case(PLANE, training={"target": "standardise"}),
        "two classes, logits": case(MOONS, model=small, training={"loss": "bce_logits"}),
        "two classes, shares": case(
            MOONS, model={**small, "output": "sigmoid"}, training={"loss": "bce"}
        ),
        "two classes, numbers": case(MOONS, model=small, training={"loss": "mse"}),
        "two classes, scores": case(MOONS, model=small, training={"loss": "cross_entropy"}),
        "classes, scores": case(BLOBS, model=small, training={"loss": "cross_entropy"}),
        "classes, logarithms": case(
            BLOBS, model={**small, "output": "log_softmax"}, training={"loss": "nll"}
        ),
        "classes, numbers": case(BLOBS, model=small, training={"loss": "mse"}),
        "classes, softmax": case(
            BLOBS, model={**small, "output": "softmax"}, training={"loss": "mse"}
        ),
        "named classes, double": case(
            {"kind": "iris"}, features=["standardise"],
            training={"loss": "cross_entropy", "precision": "float64"},
        ),
        "many columns": case(DIGITS, features=["minmax"], training={"loss": "cross_entropy"}),
    }  # fmt: skip
    return found | images() | series()


def series() -> dict[str, Experiment]:
    """Recurrent networks."""
    models: dict[str, dict[str, Any]] = {
        "hand": {"cell": "hand", "activation": "silu"},
        "hand without biases": {"cell": "hand", "bias": False, "head": [3], "answers": "each"},
        "elman": {"cell": "elman", "activation": "relu", "layers": 2},
        "gru": {"cell": "gru", "answers": "each", "layers": 2, "bias": False},
        "lstm": {"cell": "lstm", "both_ways": True, "head": [5]},
    }
    return {
        f"recurrent {name}": case(
            {
                "kind": "series", "n": 80, "window": 6,
                "predicts": "each" if "answers" in model else "next",
            },
            features=[{"kind": "standardise", "together": True}],
            model={"kind": "recurrent", "hidden": 4, **model},
            training={"target": "standardise"},
        )
        for name, model in models.items()
    }  # fmt: skip


def images() -> dict[str, Experiment]:
    """Convolutional networks and autoencoders."""
    scores = {"loss": "cross_entropy"}
    odd = [{"channels": 3, "kernel": 4, "stride": 2, "padding": 1, "pool": "none"}, 4]
    mixed = [{"channels": 2, "padding": "same", "activation": "tanh", "pool": "mean"}, 3]
    shares = {"output": "sigmoid", "kind": "autoencoder"}
    scaled = ["minmax"]
    return {
        "conv": case(DIGITS, model={"kind": "conv"}, training=scores),
        "conv, blocks of their own": case(
            DIGITS, model={"kind": "conv", "blocks": mixed, "hidden": [6]}, training=scores
        ),
        "conv without biases": case(
            DIGITS, model={"kind": "conv", "blocks": [4], "bias": False}, training=scores
        ),
        "autoencoder": case(
            DIGITS, features=scaled, model={**shares, "hidden": [20], "code": 5}
        ),
        "autoencoder, logits": case(
            {**DIGITS, "scale": True}, model={"kind": "autoencoder"},
            training={"loss": "bce_logits"},
        ),
        "autoencoder, denoising": case(
            DIGITS, features=scaled, model={**shares, "noise": 0.1, "mask": 0.1}
        ),
        "autoencoder, variational": case(
            DIGITS, features=scaled, model={**shares, "hidden": [9], "variational": {"beta": 0.5}}
        ),
        "autoencoder, convolutional": case(
            DIGITS, features=scaled, model={**shares, "blocks": mixed}
        ),
        "autoencoder, strides": case(
            DIGITS, features=scaled, model={**shares, "blocks": odd, "hidden": [7]}
        ),
    }  # fmt: skip


def trained(experiment: Experiment) -> Trained:
    member = prepare(experiment, 3)
    return Trained(member=member, result=train_member(member))


def fresh_rows(predictor: Predictor, x: Array) -> Array:
    """Rows that were in no data set: mixtures of rows, a little outside of them too."""
    rng = np.random.default_rng(0)
    a, b = (x[rng.integers(0, len(x), 60)] for _ in range(2))
    return np.asarray(a + 1.2 * (b - a))


def functions(predictor: Predictor) -> list[str]:
    head = predictor.head
    names = ["predict", *([] if head.task == "regression" else ["probabilities"])]
    return names + (["codes"] if predictor.network.code is not None else [])


def expected(t: Trained, x: Array) -> list[Array]:
    p = t.predictor
    if p.head.task == "regression":
        found = [p.output(x)]
    else:
        found = [np.asarray(p.head.outputs)[p.labels(x)], p.shares(x)]
    code = p.network.code
    return found if code is None else [*found, p.activations(x)[code]]


@pytest.mark.slow
def test_every_kind_of_network_answers_alike_without_learnscope(tmp_path: Path) -> None:
    members = {name: trained(e) for name, e in cases().items()}
    folders, rows, names = [], [], []
    for i, t in enumerate(members.values()):
        folders.append(
            written(export_files(t.member.experiment, t.predictor, 3), tmp_path / str(i))
        )
        rows.append(fresh_rows(t.predictor, t.member.sample.x))
        names.append(functions(t.predictor))
    found = answers(folders, rows, names)
    for (name, t), x, got in zip(members.items(), rows, found, strict=True):
        for ours, theirs in zip(expected(t, x), got, strict=True):
            assert ours.shape == theirs.shape, name
            if ours.dtype.kind == "U":
                # No row of these lies within rounding of a boundary.
                np.testing.assert_array_equal(ours, theirs, err_msg=name)
                continue
            # Single precision, summed in another order: some units in the last of 7 digits.
            double = t.member.experiment.training.precision == "float64"
            rtol, atol = (1e-7, 1e-8) if double else (2e-4, 2e-5)
            size = np.abs(ours).max()
            np.testing.assert_allclose(theirs, ours, rtol=rtol, atol=atol * size, err_msg=name)


def test_every_map_activation_and_network_has_its_code() -> None:
    assert list(FEATURE_CODES) == list(FEATURES) == list(MAPS)
    assert list(ACTIVATION_CODES) == list(ACTIVATIONS)
    kinds = {type(prepare(e, 0).network) for e in cases().values()}
    assert kinds == set(NETWORK_CODES)


def test_the_command_reads_columns_by_name_and_answers_as_predict_does(tmp_path: Path) -> None:
    t = trained(case({"kind": "iris"}, features=["standardise"], training={"loss": "nll"},
                     model={"kind": "mlp", "output": "log_softmax"}))  # fmt: skip
    folder = written(export_files(t.member.experiment, t.predictor, 3), tmp_path / "iris")
    x, columns = t.member.sample.x[::15], list(t.member.sample.columns)
    table = tmp_path / "rows.csv"
    lines = [",".join(["id", *columns[::-1]])]
    lines += [",".join(map(repr, [7, *row[::-1].tolist()])) for row in x]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    assert command(folder, str(table)) == [
        ["prediction"], *([name] for name in np.asarray(t.predictor.head.outputs)[t.labels(x)])
    ]  # fmt: skip
    head, *rows = command(folder, str(table), "--proba")
    assert head == ["p_setosa", "p_versicolor", "p_virginica"]
    np.testing.assert_allclose(np.array(rows, dtype=float), t.shares(x), rtol=1e-4, atol=1e-6)


def test_names_of_any_kind_stay_names() -> None:
    t = trained(case(MOONS, training={"loss": "bce_logits"}))
    nasty = ('"""\nraise SystemExit', "{{ 7 * 7 }}\\")
    p = t.predictor
    from dataclasses import replace

    head = replace(p.head, outputs=nasty)
    chain = replace(p.chain, columns=nasty, names=nasty)
    experiment = t.member.experiment.model_copy(update={"title": f"{nasty[0]} {nasty[1]} \\"})
    text = export_files(experiment, replace(p, head=head, chain=chain), 3).script
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in {"COLUMNS", "CLASSES"}
    }
    assert constants == {"COLUMNS": list(nasty), "CLASSES": list(nasty)}
    assert "SystemExit" not in [n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)]


def test_the_script_is_plain_to_read_and_its_weights_need_no_pickle(tmp_path: Path) -> None:
    t = trained(case(PLANE, features=["standardise"], model={"kind": "mlp", "hidden": [5]}))
    export = export_files(t.member.experiment, t.predictor, 3)
    assert "x = torch.relu(self.layers[0](x))" in export.script
    assert "nn.Linear(2, 5)" in export.script
    assert 'return (x - STORED["features.0.mean"]) / STORED["features.0.sd"]' in export.script
    assert "import learnscope" not in export.script
    assert max(map(len, export.script.splitlines())) <= 100
    assert export == export_files(t.member.experiment, t.predictor, 3)
    folder = written(export, tmp_path / "a")
    with np.load(folder / "weights.npz", allow_pickle=False) as stored:
        assert set(stored) == {*t.result.parameters, "features.0.mean", "features.0.sd"}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    t = trained(case(PLANE))
    export = export_files(t.member.experiment, t.predictor, 3)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"the folder has something in it, which is not overwr"):
        written(export, tmp_path)
    with pytest.raises(InputError, match=r"--to needs a folder, and .*notes.txt' is a file"):
        written(export, tmp_path / "notes.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_network_without_code_is_refused_with_the_way_out() -> None:
    class Other:
        pass

    with pytest.raises(InputError, match=r"and this model is of another kind\. Its weights are in"):
        network_code(Other())  # type: ignore[arg-type]


def test_json_of_names_survives() -> None:
    # Many names are kept beside the weights, as text of fixed width.
    t = trained(case(DIGITS, training={"loss": "cross_entropy"}))
    export = export_files(t.member.experiment, t.predictor, 3)
    import io

    with np.load(io.BytesIO(export.weights), allow_pickle=False) as stored:
        names = stored["columns"].tolist()
    assert json.loads(json.dumps(names)) == list(t.member.sample.columns)
    assert 'COLUMNS = STORED["columns"].tolist()' in export.script
