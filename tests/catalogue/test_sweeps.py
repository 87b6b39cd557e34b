"""The sweeps of the catalogue: they can be planned, are known again, and come out as is said."""

from pathlib import Path

import pytest

import learnscope as ls
from learnscope.catalogue import names, read_entry
from learnscope.catalogue.entry import Entry, Expected
from learnscope.catalogue.named_sweeps import expected_of, named_sweep
from learnscope.catalogue.sweep_outcomes import sweep_outcomes

SWEEPS = [(name, which) for name in names() for which in read_entry(name).sweep]

MAPS = {
    *("S0.7", "S0.17", "S0.18", "S0.19", "S0.20", "S0.21", "S2.5", "S2.9"),
    *("S3.11", "S4.10", "S4.13", "S4.17", "S4.40"),
}
"""Numbers of the source documents that say what comes of changing a setting."""


@pytest.mark.parametrize("number", sorted(MAPS))
def test_what_the_sources_vary_is_a_sweep_with_its_outcome(number: str) -> None:
    rows = [
        row
        for name, which in SWEEPS
        for row in read_entry(name).sweep[which].expect
        if row.source == number
    ]
    assert rows
    of_it = [name for name in names() if number in read_entry(name).about.sources]
    assert any(
        row.source == number
        for name in of_it
        for sweep in read_entry(name).sweep.values()
        for row in sweep.expect
    )


@pytest.mark.parametrize(("name", "which"), SWEEPS)
def test_expected_points_are_points_of_the_sweep(name: str, which: str) -> None:
    sweep = named_sweep(name, which)
    points = sweep.points()
    for point in (points[0], points[-1]):
        sweep.at(point)
    for row in read_entry(name).sweep[which].expect:
        assert any(all(p[k] == v for k, v in row.at.items()) for p in points), row.what


@pytest.mark.parametrize(("name", "which"), SWEEPS)
def test_a_sweep_of_the_catalogue_is_known_again(name: str, which: str) -> None:
    expect = read_entry(name).sweep[which].expect
    assert expected_of(named_sweep(name, which)) == expect
    other_seeds = named_sweep(name, which, overrides={"seed": 7, "seeds": 2})
    assert expected_of(other_seeds) == expect
    changed = named_sweep(name, which, overrides={"training.weight_decay": 0.123})
    assert expected_of(changed) == ()
    assert expected_of(named_sweep(name, which, overrides={"name": "mine"})) == ()


def small(*rows: Expected) -> tuple[Entry, ls.Sweep]:
    """Return a quick sweep of an entry, with these outcomes expected."""
    entry = read_entry("spirals_polar")
    said = entry.sweep["outside"].model_copy(update={"expect": rows})
    sweep = named_sweep(
        "spirals_polar",
        "outside",
        overrides={"problem.n": 40, "training.epochs": 20, "seeds": 3},
        over={"model.width": [2]},
    )
    return entry.model_copy(update={"sweep": {"outside": said}}), sweep


def test_outcomes_are_means_over_the_seeds_of_a_point(tmp_path: Path) -> None:
    at = {"features": ["phase"]}
    far = {"kind": "elsewhere", "set": {"n": 200, "revolutions": 3.0}, "nearest": 28.0}
    rows = [
        Expected(source="S0.21", what="column", at=at, measure="train_mse", high=9.0),
        Expected(source="S0.21", what="quantity", at=at, quantity=far, low=2.0),
        Expected(source="S0.21", what="not there", at={"model.width": 3}, measure="loss", low=0),
    ]
    _, sweep = small()
    atlas = ls.sweep(sweep, out=tmp_path, route="torch", engine="threads").atlas
    rows[2] = rows[2].model_copy(update={"measure": "train_mse"})
    column, quantity, absent = sweep_outcomes(atlas, rows)
    own = atlas.select('features == ["phase"]')
    assert column.mean == pytest.approx(own["train_mse"].mean())
    assert (column.members, column.passed) == (3, True)
    point = own["point"][0]
    values = rows[1].quantity.values(atlas.trained(point, [0, 1, 2])) if rows[1].quantity else []
    assert quantity.mean is not None and 0 <= quantity.mean <= 1
    assert quantity.mean == pytest.approx(sum(values) / 3)
    assert (quantity.members, quantity.passed, quantity.measure) == (3, False, "elsewhere")
    assert (absent.mean, absent.members, absent.passed, absent.got()) == (None, 0, None, "-")


def test_a_row_measures_one_thing() -> None:
    for given in ({}, {"measure": "train_mse", "quantity": "dead"}):
        with pytest.raises(ls.InputError, match="measure or quantity"):
            Expected(source="S0.21", what="", at={}, low=0, **given)


@pytest.mark.study
@pytest.mark.parametrize(("name", "which"), SWEEPS)
def test_a_sweep_comes_out_as_expected(name: str, which: str, tmp_path: Path) -> None:
    from learnscope.stand_in import lacks_files

    wanted = named_sweep(name, which)
    if lacking := lacks_files(wanted.experiment):
        pytest.skip(lacking)
    done = ls.sweep(wanted, out=tmp_path)
    for outcome in sweep_outcomes(done.atlas, read_entry(name).sweep[which].expect):
        assert outcome.passed, f"{outcome.what}: {outcome.got()}, expected {outcome.expected}"
