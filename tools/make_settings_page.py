"""Write docs/settings.md, the reference of every setting, from the settings themselves.

`python tools/make_settings_page.py` writes the page, `--check` fails where it is out of date.
Texts are those of the docstrings, rules and defaults those of the JSON Schema, so that the page
cannot say anything else than the program does.
"""

import inspect
import re
import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from learnscope.experiment import Experiment
from learnscope.features import FEATURES, FeatureMap
from learnscope.models import MODELS, Model
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.autoencoder import Variational
from learnscope.models.base import LayerWeights
from learnscope.models.blocks import ConvBlock
from learnscope.models.init import INITS, Init
from learnscope.models.sparsity import SPARSITIES, Sparsity
from learnscope.problems import PROBLEMS, Problem
from learnscope.problems.image_files import ImageFiles
from learnscope.seeds import streams
from learnscope.settings import Settings
from learnscope.training.losses import LOSSES, Loss
from learnscope.training.optimizers import OPTIMIZERS, Optimizer
from learnscope.training.schedules import SCHEDULES
from learnscope.training.schedules.base import Schedule
from learnscope.training.settings import Stopping, Training
from learnscope.training.split import Split

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

HEAD = """\
# Settings

<!-- Written by tools/make_settings_page.py from the docstrings: change those, then run it. -->

An experiment has a `problem`, `features`, a `model` and a `training`. Each setting below has a
dotted name: `noise` of the problem is `--problem.noise 2` on the command line, `noise = 2` below
`[problem]` in a TOML file, and `"problem.noise": 2` for `Experiment.override` in Python.

A thing that comes in kinds is chosen by `kind`, and a word alone is the short form: `--problem
moons` is `--problem.kind moons`. Choosing another kind starts that part afresh, with the defaults
of the new kind. `none` unsets what can be left out. What does not fit is refused in
[one sentence](errors.md).

Marks such as S0.13 number the experiments, and marks such as T10 the faults, of the teaching
documents that the catalogue comes from.
"""

FLOORS = """\
A problem whose examples are made knows its target, and with it the **floor**: the lowest expected
error that any model can reach on fresh examples, which is the share of wrong labels for classes
and the mean squared error for numbers ([Measures](measures.md)). The floors here are those of the
default settings and the seed 0. Data sets have none.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD, "## Experiment\n", fields(Experiment), "## Problems\n", FLOORS, overview()]
    parts += members(PROBLEMS, Problem, text_of=problem_text)
    parts += ["## Features\n", *members(FEATURES, FeatureMap)]
    parts += ["## Models\n", *members(MODELS, Model), "### Weights of a layer\n"]
    parts += [described(LayerWeights), "### Convolution block\n", described(ConvBlock)]
    parts += ["### Variational\n", described(Variational)]
    parts += ["### Sparsity\n", *members(SPARSITIES, Sparsity, level="####")]
    parts += ["## Initialisations\n", *members(INITS, Init)]
    parts += ["## Activations\n", activations()]
    parts += ["## Training\n", fields(Training), "## Split\n", described(Split)]
    parts += ["## Stopping\n", described(Stopping), "## Losses\n", *members(LOSSES, Loss)]
    parts += ["## Optimizers\n", *members(OPTIMIZERS, Optimizer)]
    parts += ["## Schedules\n", *members(SCHEDULES, Schedule)]
    return "\n".join(part for part in parts if part)


def members(
    registry: Mapping[str, type[Settings]],
    base: type[Settings],
    text_of: Callable[[type[Any]], str] | None = None,
    level: str = "###",
) -> Iterator[str]:
    """Yield what a kind of thing is, and a heading, a text and a table for each member."""
    yield f"{prose(class_text(base))}\n"
    if base.model_fields:
        yield f"All of them have:\n\n{fields(base)}"
    for name, cls in registry.items():
        yield f"{level} {name}\n"
        yield f"{prose((text_of or class_text)(cls))}\n"
        yield fields(cls, known=base.model_fields)


def described(cls: type[Settings]) -> str:
    """Return the text and the table of settings that are no kind."""
    return f"{prose(class_text(cls))}\n\n{fields(cls)}"


def class_text(cls: type[Any]) -> str:
    """Return a docstring without its list of attributes."""
    return re.split(r"\n\nAttributes:|\n\nRaises:", inspect.getdoc(cls) or "")[0]


def problem_text(cls: type[Any]) -> str:
    """Return what a problem's own file says of it; files of several problems say it by class."""
    module = inspect.getmodule(cls)
    alone = sum(inspect.getmodule(c) is module for c in PROBLEMS.values()) == 1
    return inspect.cleandoc(module.__doc__ or "") if alone and module else class_text(cls)


def meanings(cls: type[Any]) -> dict[str, str]:
    """Return field -> meaning from the `Attributes:` of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        text = inspect.cleandoc(base.__dict__.get("__doc__") or "")
        section = re.search(r"^Attributes:\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        for name, meaning in re.findall(
            r"^    (\w+): (.*?)(?=^    \S|\Z)", section[1] if section else "", re.M | re.S
        ):
            found[name] = " ".join(meaning.split())
    return found


def fields(cls: type[Settings], known: Container[str] = ()) -> str:
    """Return the table of the settings of a class, but those that are known."""
    texts, schema = meanings(cls), cls.model_json_schema()["properties"]
    rows = [
        (f"`{name}`", default(field), rule(schema[name]), prose(texts[name]))
        for name, field in cls.model_fields.items()
        if name not in known and (name != "kind" or name in texts)
    ]
    return table(("setting", "default", "value", "meaning"), rows) if rows else ""


def default(field: Any) -> str:
    """Return a default as a reader would type it."""
    value = field.default
    if field.is_required():
        return "needed"
    if isinstance(value, Settings):
        kind = value.kind_name()
        return f"`{kind}`" if kind and type(value) is not Split else "see below"
    if value is None or value == ():
        return "none"
    if value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else listed(value)}`"


def listed(value: Any) -> str:
    """Write tuples as TOML lists."""
    if isinstance(value, tuple):
        return f"[{', '.join(listed(v) for v in value)}]"
    if isinstance(value, Settings):
        given = value.model_dump(exclude_defaults=True).items()
        return "{" + ", ".join(f"{name} = {listed(v)}" for name, v in given) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


_WORDS = {"integer": "whole number", "number": "number", "boolean": "true or false"}
_SIGNS = {"\t": "tab", "|": "vertical bar"}
_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def rule(schema: Mapping[str, Any]) -> str:
    """Say in a few words which values a property takes."""
    if "discriminator" in schema:
        return "a kind"
    if "enum" in schema or "const" in schema:
        words = schema.get("enum") or [schema["const"]]
        return ", ".join(_SIGNS.get(word, f"`{word}`") for word in words)
    branches = [b for b in schema.get("anyOf") or schema.get("oneOf") or () if not is_null(b)]
    if branches:
        return " or ".join(rule(b) for b in branches)
    if schema.get("type") == "array":
        inner = schema.get("items") or schema.get("prefixItems", [{}])[0]
        return f"list of: {rule(inner)}"
    limits = [f"{sign} {schema[word]:g}" for word, sign in _LIMITS.items() if word in schema]
    limits = ["< 2^32" if "e+09" in text else text for text in limits]
    return " ".join(
        [_WORDS.get(schema.get("type", ""), kind_of(schema)), ", ".join(limits)]
    ).strip()


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return the word for text and tables."""
    return "text" if schema.get("type") == "string" else "a table"


def is_null(schema: Mapping[str, Any]) -> bool:
    """Whether a branch only says that a setting may be left out."""
    return schema.get("type") == "null" or schema.get("const") == "none"


def overview() -> str:
    """Return the table of all problems with their floors."""
    rows = [
        (f"[`{name}`](#{name})", *about(cls)) for name, cls in PROBLEMS.items() if name != "csv"
    ]
    rows.append(("[`csv`](#csv)", "A table of your own.", "not known"))
    return table(("problem", "with its defaults", "floor"), sorted(rows))


def about(cls: type[Problem]) -> tuple[str, str]:
    """Return the sentence of a problem and its floor."""
    problem = cls()
    if isinstance(problem, ImageFiles):
        # Their files need not be here.
        return prose(problem.sentence()), "not known"
    truth = problem.sample(streams(0).draws).truth
    if truth is None:
        return prose(problem.sentence()), "not known"
    floor = truth.floor()
    number = "below 0.0001" if 0 < floor < 1e-4 else f"{floor:.3g}"
    return prose(problem.sentence()), f"{number} ({truth.how})"


def activations() -> str:
    """Return the table of activations."""
    uses = {"any": "hidden layers and output", "output": "output only", "view": "to look at only"}
    rows = [
        (f"`{name}`", f"{a.low:g} to {a.high:g}", uses[a.use]) for name, a in ACTIVATIONS.items()
    ]
    return table(("activation", "values", "use"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def prose(text: str) -> str:
    """Keep signs of mathematics from being read as Markdown, but in code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else escaped(p) for p in parts)


def escaped(text: str) -> str:
    """Escape what Markdown would take for marks, columns, links and HTML."""
    return re.sub(r"([*|\[\]])", r"\\\1", text).replace("<", "&lt;")


def main(arguments: Sequence[str]) -> int:
    """Write or check the page."""
    text = page()
    if "--check" in arguments:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print("docs/settings.md is out of date: run python tools/make_settings_page.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
