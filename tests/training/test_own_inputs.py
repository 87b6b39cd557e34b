"""Models whose targets are their own inputs: what they learn, on which route, and after a stop."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from learnscope.arrays import Array
from learnscope.errors import InputError, Interrupted
from learnscope.experiment import Experiment
from learnscope.fused import supports, train_members
from learnscope.measures.baselines import baselines
from learnscope.measures.components import principal_components
from learnscope.measures.fresh import evaluate, fresh_sample
from learnscope.measures.scores import scores
from learnscope.models.network import forward
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.loop import TrainingState, train_member
from learnscope.training.member import Member, prepare
from learnscope.training.routes import choose_route
from tests.training.members import same_bits

DIGITS = {"kind": "digits", "n": 200, "scale": True}


def member(model: dict[str, Any], seed: int = 0, **training: Any) -> Member:
    settings = {"epochs": 3, "batch_size": 16, "lr": 1e-2, **training}
    features = settings.pop("features", [])
    problem = settings.pop("problem", DIGITS)
    return prepare(
        Experiment(
            problem=problem,
            features=features,
            model={"kind": "autoencoder", **model},
            training=settings,
        ),
        seed,
    )


def test_targets_are_the_features_and_labels_are_kept() -> None:
    made = member({}, features=["standardise"])
    features = made.chain.apply(made.sample.x)
    np.testing.assert_array_equal(made.sample.y, features)
    assert made.sample.task == made.head.task == "regression"
    assert made.sample.outputs == made.chain.names
    assert made.sample.labels is not None and len(made.sample.classes) == 10
    plain = prepare(made.experiment.override({"model": {"kind": "mlp"}}), 0)
    np.testing.assert_array_equal(made.sample.labels, plain.sample.y)
    for part, examples in made.parts.items():
        # One array, not two of the same content.
        assert examples.y is examples.x, part


def test_a_linear_autoencoder_finds_the_principal_components() -> None:
    """Baldi and Hornik 1989: its lowest error is what the first components leave over."""
    model = {"code": 3, "init": {"kind": "normal", "sd": 0.1}}
    made = member(
        model, problem={"kind": "wine"}, features=["standardise"], batch_size=None, epochs=60,
        optimizer="lbfgs", lr=1.0, precision="float64",
    )  # fmt: skip
    result = train_member(made)
    x = made.parts["train"].x
    best = principal_components(x, 3)
    assert result.history["train_loss"][-1] == pytest.approx(best.mse, rel=1e-6)
    output = forward(made.network, result.parameters, x)
    # The same plane, whatever the axes in it.
    np.testing.assert_allclose(output, best.reconstruct(x), atol=0.01)


def test_baselines_are_the_mean_and_as_many_components() -> None:
    made = member({"code": 5})
    train, test = made.parts["train"].x, made.parts["test"].x
    mean, components = baselines(made)
    assert (mean.name, components.name) == ("constant mean", "5 principal components")
    assert mean.score == pytest.approx(np.square(test - train.mean(axis=0)).mean(), rel=1e-5)
    from sklearn.decomposition import PCA

    theirs = PCA(5).fit(train)
    error = np.square(theirs.inverse_transform(theirs.transform(test)) - test).mean()
    assert components.score == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "mse"},
        {"loss": "mse", "batch_size": None},
        {"loss": "l1"},
        {"loss": "bce", "output": "sigmoid"},
        {"loss": "bce_logits"},
    ],
)
def test_both_routes_train_a_plain_dense_autoencoder_alike(settings: dict[str, Any]) -> None:
    output = settings.pop("output", "identity")
    made = member(
        {"code": 4, "hidden": [6], "output": output}, precision="float64", lr=1e-3, **settings
    )
    assert supports(made) is None
    one, other = train_member(made), train_members([made])[0]
    for column in ("train_loss_before", "train_loss", "test_loss", "weight_norm"):
        np.testing.assert_allclose(other.history[column], one.history[column], rtol=1e-7)
    for name, value in one.parameters.items():
        np.testing.assert_allclose(other.parameters[name], value, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("model", [{"noise": 0.1}, {"variational": {}}, {"blocks": [4]}])
def test_what_is_more_than_a_dense_chain_goes_to_pytorch(model: dict[str, Any]) -> None:
    made = member(model)
    assert supports(made) == "the model autoencoder is not dense"
    assert choose_route([made]).route == "torch"
    with pytest.raises(InputError, match="cannot train this experiment: the model autoencoder is"):
        choose_route([made], "fused")


@pytest.mark.parametrize(
    "model",
    [
        {"code": 2, "noise": 0.3, "mask": 0.1},
        {"code": 2, "variational": {"beta": 0.1}, "blocks": [3]},
        {"code": 2, "sparse": {"kind": "kl"}, "code_activation": "sigmoid"},
    ],
)
def test_a_training_that_was_stopped_ends_in_the_same_bits(model: dict[str, Any]) -> None:
    made, kept = member(model), list[TrainingState]()
    whole = train_member(made)
    asked = iter([False] * 13 + [True])
    with pytest.raises(Interrupted):
        train_member(made, should_stop=lambda: next(asked), save=kept.append)
    same_bits(train_member(made, resume=kept[-1]), whole)
    other = train_member(replace(made, streams=streams(made.seed + 1)))
    if "sparse" not in model:
        assert other.history["train_loss"][-1] != whole.history["train_loss"][-1]


def test_a_denoising_autoencoder_compares_with_the_clean_inputs() -> None:
    made = member({"code": 2, "noise": 0.5}, epochs=1, batch_size=None, precision="float64")
    from learnscope.models.modules import Chance, build_module

    module = build_module(made.network, made.initial, torch.float64)
    x = torch.tensor(made.parts["train"].x)
    with torch.no_grad():
        output, _ = module.learn(x, x, Chance(key=made.model_key, step=0))
        expected = float((output - x).square().mean())
    history = train_member(made).history
    assert history["train_loss_before"][1] == pytest.approx(expected, rel=1e-12)
    # The history before any update is without noise.
    clean = np.square(forward(made.network, made.initial, x.numpy()) - x.numpy()).mean()
    assert history["train_loss"][0] == pytest.approx(clean, rel=1e-12)


def trained(made: Member) -> Trained:
    return Trained(member=made, result=train_member(made))


def test_scores_are_those_of_the_reconstruction_and_of_the_code() -> None:
    t = trained(member({"code": 2, "variational": {}, "output": "sigmoid"}, loss="bce"))
    found = scores(t)
    x = t.member.parts["test"].x.astype(np.float64)
    output = t.part_output("test").astype(np.float64)
    assert found["test_mse"] == pytest.approx(np.square(output - x).mean(), rel=1e-6)
    bce = -(x * np.log(output) + (1 - x) * np.log1p(-output)).mean()
    assert found["test_loss"] == pytest.approx(bce, rel=1e-5)
    assert found["test_kl"] > 0
    assert t.result.history["test_loss"][-1] == pytest.approx(bce, rel=1e-5)
    plain = scores(trained(member({"code": 2})))
    assert "test_kl" not in plain
    fresh = evaluate(t, fresh_sample(t.member.experiment.problem))
    assert fresh["fresh_mse"] == pytest.approx(found["test_mse"], rel=0.5)


def test_logits_are_decoded_to_shares() -> None:
    t = trained(member({"code": 2}, loss="bce_logits"))
    z: Array = t.learned_output("test")
    np.testing.assert_allclose(t.part_output("test"), 1 / (1 + np.exp(-z)), rtol=1e-5)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            {"loss": "cross_entropy"},
            "training.loss must be one of numbers for the model 'autoencoder', whose targets are "
            "its own inputs, got 'cross_entropy'. Use 'mse', or 'bce' with the output 'sigmoid'",
        ),
        (
            {"loss": "bce_logits", "class_weights": "balanced"},
            "training.class_weights must be left out for the model 'autoencoder'",
        ),
        ({"dropout": 0.5}, "training.dropout must be 0 for the model 'autoencoder'"),
        (
            {"loss": "bce_logits", "problem": {"kind": "digits"}},
            "training.loss = 'bce_logits' needs inputs in [0, 1] to reconstruct, got 0 to 16 (1797 "
            "rows outside, first: row 0). Scale the inputs to [0, 1], or use the loss 'mse'.",
        ),
    ],
)
def test_losses_and_settings_that_do_not_fit_are_refused(
    training: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        member({"code": 2}, **training)


def test_weights_by_hand_are_for_dense_models() -> None:
    weights = [{"weight": [[1.0]]}]
    with pytest.raises(InputError, match=r"model\.weights must be left out for models that are"):
        member({"weights": weights})
