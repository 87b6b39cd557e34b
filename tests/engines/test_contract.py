"""What every engine must do, whatever it is made of."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from learnscope.engines import ENGINES, EngineSettings, make_engine
from learnscope.engines.base import Engine
from learnscope.errors import InputError
from learnscope.sweeps.shard import train_shard
from tests.engines.shards import ends, facts, long, shard

# Dask leaves sockets of workers that were killed to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
NEEDS = {"dask": "distributed"}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name: str = request.param
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    engine = make_engine(name, EngineSettings(workers=2))
    assert engine.start() == 2
    yield engine
    engine.close()
    engine.close()


def test_results_are_bit_equal_to_those_of_this_process(engine: Engine) -> None:
    shards = {s.key: s for s in (shard((0, 1)), shard((2,)), shard((3, 4, 5)))}
    for one in shards.values():
        engine.submit(one)
    found = ends(engine, 3)
    assert sorted(e.key for e in found) == sorted(shards)
    for event in found:
        assert event.kind == "done"
        assert facts(event.payload) == facts(train_shard(shards[event.key]))


def test_a_shard_that_is_sent_twice_comes_twice_and_equal(engine: Engine) -> None:
    engine.submit(shard())
    engine.submit(shard())
    first, second = ends(engine, 2)
    assert first.key == second.key == shard().key
    assert facts(first.payload) == facts(second.payload)


def test_wrong_settings_are_refused_in_one_sentence_and_the_others_go_on(engine: Engine) -> None:
    wrong = shard(settings={"training.lr": -1.0})
    engine.submit(wrong)
    engine.submit(shard((7,)))
    found = {e.key: e for e in ends(engine, 2)}
    assert found[wrong.key].kind == "refused"
    assert "lr" in found[wrong.key].text and "-1" in found[wrong.key].text
    assert found[shard((7,)).key].kind == "done"


def test_a_running_shard_tells_its_progress_and_can_be_stopped(engine: Engine) -> None:
    engine.submit(long())
    told = ends(engine, 3, ("progress",))
    assert {event.key for event in told} == {long().key}
    done = [event.epochs for event in told]
    assert done == sorted(done) and done[-1] > 0
    engine.cancel(long().key)
    # Its worker is free again: two more need both.
    for seed in (11, 12, 13):
        engine.submit(shard((seed,)))
    assert {e.kind for e in ends(engine, 3)} == {"done"}


def test_a_waiting_shard_can_be_stopped_and_sent_again(engine: Engine) -> None:
    engine.submit(shard((20,)))
    engine.cancel(shard((20,)).key)
    engine.submit(shard((20,)))
    assert ends(engine, 1)[0].kind == "done"
    engine.events(0.5)


def test_stopping_what_is_not_there_is_fine(engine: Engine) -> None:
    engine.cancel("0123456789abcdef")
    engine.submit(shard((30,)))
    assert ends(engine, 1)[0].key == shard((30,)).key


@pytest.mark.parametrize("name", list(ENGINES))
def test_closing_stops_what_runs(name: str) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    engine = make_engine(name, EngineSettings(workers=1))
    engine.start()
    engine.submit(long())
    ends(engine, 1, ("progress",))
    engine.close()


def test_an_unknown_engine_is_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError, match="Did you mean 'processes'"):
        make_engine("process")


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("threads", EngineSettings(memory_mb=512), "takes no memory_mb"),
        ("processes", EngineSettings(scheduler="tls://a:1"), "takes no scheduler.*dask"),
        ("processes", EngineSettings(workers=0), "workers must be at least 1, got 0"),
        ("processes", EngineSettings(memory_mb=8), "memory_mb must be at least 256, got 8"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    name: str, settings: EngineSettings, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        make_engine(name, settings)
