import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import DataError, InputError
from learnscope.expression import parse_expression
from learnscope.expression_table import CONSTANTS, FUNCTIONS

_X = np.array([-2.0, -0.5, 0.0, 0.7, 3.0])
_POSITIVE = np.array([0.25, 0.5, 0.7, 0.9, 1.0])


def _value(text: str, **columns: np.ndarray) -> np.ndarray:
    return parse_expression(text, tuple(columns)).evaluate(columns, 5)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("x*sin(10*x)", _X * np.sin(10 * _X)),
        ("-x**2", -(_X**2)),
        ("2^-x", 2**-_X),
        ("2**3**2", np.full(5, 512.0)),
        ("-2**-2", np.full(5, -0.25)),
        ("x - 1 - 2", _X - 3),
        ("8/4/2*x", _X),
        ("x % 2", np.mod(_X, 2)),
        ("x // 0.3", np.floor_divide(_X, 0.3)),
        ("--x + +x", 2 * _X),
        (".5e1 + 1.", np.full(5, 6.0)),
        ("where(x > 0, log(x), -1)", np.where(_X > 0, np.log(np.abs(_X) + (_X == 0)), -1)),
        ("(x >= 0)*(x != 0.7)", np.array([0, 0, 1, 0, 1.0])),
        ("min(x, 0, -1)", np.minimum(_X, -1)),
        ("max(x, 0)", np.maximum(_X, 0)),
        ("step(x)", np.array([0, 0, 0, 1, 1.0])),
        ("round(x)", np.array([-2, 0, 0, 1, 3.0])),
        ("2*pi + e", np.full(5, 2 * math.pi + math.e)),
    ],
)
def test_formula_equals_its_numpy_twin(text: str, truth: np.ndarray) -> None:
    # Both sides do the same double operations; pow may differ by an ulp.
    np.testing.assert_allclose(_value(text, x=_X), truth, rtol=1e-15)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"min", "max", "where", "step", "round"}))
def test_function_equals_the_one_of_the_standard_library(name: str) -> None:
    ours = {"abs": math.fabs, "sign": lambda v: math.copysign(1, v)}
    function: Callable[..., float] = ours.get(name) or getattr(math, name)
    two = name in {"atan2", "hypot"}
    got = _value(f"{name}(x, 2)" if two else f"{name}(x)", x=_POSITIVE)
    # Two libraries of elementary functions agree to a few units in the last place.
    truth = [function(v, 2.0) if two else function(v) for v in _POSITIVE]
    np.testing.assert_allclose(got, truth, rtol=1e-14)


_leaves = st.sampled_from(["x", "y", "2", "0.5", "pi"])
_formulas = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "<", ">="]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map("".join),
        inner.map(lambda t: f"-{t}"),
        st.tuples(st.sampled_from(["sin", "tanh", "floor"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
    ),
    max_leaves=12,
).filter(lambda text: len(text) < 200)


@given(_formulas, st.floats(-3, 3), st.floats(-3, 3))
def test_generated_formulas_have_the_value_python_gives_them(text: str, x: float, y: float) -> None:
    # NumPy's own functions, as another library's last place could tip a comparison or floor.
    functions = {
        f: lambda v, f=f: float(getattr(np, f)(float(v))) for f in ("sin", "tanh", "floor")
    }
    names: dict[str, Any] = {**functions, "pi": math.pi, "x": x, "y": y}
    truth = float(eval(text, {"__builtins__": {}}, names))
    got = parse_expression(text, ("x", "y")).evaluate({"x": np.array([x]), "y": np.array([y])}, 1)
    assert got[0] == truth


@given(st.text(max_size=60))
def test_arbitrary_text_is_a_formula_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        parse_expression(text, ("x",))
    except InputError as error:
        assert str(error).startswith("The formula")
        assert "\n" not in str(error)


@given(
    st.lists(st.sampled_from([*"x1.+-*/%^()<>=!, e", "**", "sin", "min", "where("])).map("".join)
)
def test_text_of_formula_parts_is_a_formula_or_is_refused(text: str) -> None:
    try:
        expression = parse_expression(text, ("x",))
    except InputError:
        return
    assert expression.evaluate({"x": _X}, 5).shape == (5,)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "x**9**9**9",
        "2**1e6",
        "1/0",
        "log(0)",
        "sqrt(-1)",
        "1e308*10",
        "1e999",
        "(" * 1_000_000 + "x" + ")" * 1_000_000,
        "(" * 200 + "x" + ")" * 200,
        "-" * 400 + "x",
        "sin(" * 60 + "x" + ")" * 60,
        "2**" * 150 + "x",
        "x.__class__",
        "__import__('os')",
        "x[0]",
        "lambda: x",
        "f(x)",
        "x = 3",
        "x; x",
        "'a'",
        "1_000",
        "0x10",
        "1j",
        "٣",
        "\x00",
    ],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        parse_expression(text, ("x",))
    # Measured below a millisecond; ten times a slow machine's share is left.
    assert time.process_time() - start < 0.1
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("sine(x)", "unknown function 'sine' at character 1. Did you mean 'sin'?"),
        ("1 + y", "unknown name 'y' at character 5 (after '1 +')"),
        ("2x", "lacks an operator before 'x' at character 2 (after '2'). Write * to multiply."),
        ("x(3)", "lacks an operator before '('"),
        ("sin x", "uses the function sin without (...) at character 1"),
        ("(x + 1", "lacks the ')' for the '(' at character 1"),
        ("x + ", "ends too early"),
        ("x + 1)", "holds ')' where a number or a column should stand at character 6"),
        ("atan2(x)", "gives atan2() 1, it takes two arguments"),
        ("min(x)", "it takes two arguments or more"),
        ("sin(x, x)", "gives sin() 2, it takes one argument"),
        ("sin()", "holds ')' where"),
        ("x = 1", "holds '=' at character 3 (after 'x'), which has no meaning there. Compare"),
        ("0 < x < 1", "compares twice in a row"),
        ("x**200", "exponent 200 at character 4 (after 'x**'); exponents must lie in [-100, 100]"),
        ("x + 1/0", "has a part without a finite value"),
        ("x" * 501, "has 501 characters, more than 500"),
        ("(" * 60 + "x" + ")" * 60, "is nested deeper than 50 levels"),
    ],
)
def test_refusal_says_what_is_wrong_and_where(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text, ("x",))
    assert words in str(caught.value)


def test_formula_tells_which_columns_it_uses_and_works_for_any() -> None:
    expression = parse_expression("age*2 + w_1", ("w_1", "height", "age"))
    assert expression.names == ("w_1", "age")
    got = expression.evaluate({"age": _X, "w_1": np.ones(5), "height": _X}, 5)
    np.testing.assert_array_equal(got, 2 * _X + 1)


def test_a_column_goes_before_a_constant_of_its_name() -> None:
    assert "e" in CONSTANTS
    np.testing.assert_array_equal(_value("e + 1", e=_X), _X + 1)


def test_values_that_are_not_finite_are_reported_with_the_first_point() -> None:
    expression = parse_expression("1/x + log(x + 1)", ("x",))
    message = r"no finite value at 2 of 5 points, first at x = -2 \(got nan\)"
    with pytest.raises(DataError, match=message):
        expression.finite({"x": _X}, 5)
    np.testing.assert_array_equal(parse_expression("2", ("x",)).finite({}, 3), [2.0, 2.0, 2.0])
