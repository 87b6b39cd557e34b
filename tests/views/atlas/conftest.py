import pytest

from learnscope.atlas.atlas import Atlas
from tests.views.atlas.made import swept


@pytest.fixture(scope="session")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Width by depth by noise, three seeds."""
    over = {"model.width": [1, 2, 4], "model.depth": [1, 2], "problem.noise": [0.0, 0.8]}
    return swept(tmp_path_factory.mktemp("grid"), over)


@pytest.fixture(scope="session")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Rows, and the names of activations."""
    over = {"problem.n": [5, 10, 20, 40], "model.activation": ["tanh", "relu"]}
    return swept(tmp_path_factory.mktemp("sizes"), over)


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Points drawn from two intervals."""
    over = {"training.lr": "log(1e-4, 1)", "problem.noise": "0:2"}
    return swept(tmp_path_factory.mktemp("sampled"), over, {"seeds": 1}, sample=80)


@pytest.fixture(scope="session")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """A regression on one input."""
    settings = {
        "problem": {"kind": "damped_sine", "n": 30},
        "training": {"loss": "mse", "epochs": 10, "lr": 0.05, "optimizer": "adam"},
    }
    over = {"model.width": [2, 4, 8], "training.lr": [0.01, 0.1]}
    return swept(tmp_path_factory.mktemp("curve"), over, settings)


@pytest.fixture(scope="session")
def empty(sizes: Atlas) -> Atlas:
    """An atlas whose sweep was begun, and has no member yet."""
    other = Atlas(sizes.path)
    vars(other)["table"] = sizes.table.clear()
    return other
