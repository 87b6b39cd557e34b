"""Dotted settings among the flags: `--model.hidden 8,8` becomes `--set model.hidden=8,8`."""

from collections.abc import Iterator, Sequence

from learnscope.errors import InputError, suggestion

TAKE_SETTINGS = {
    "run", "show", "exercise", "probe", "sweep", "errors", "learning-curve", "width-curve",
}  # fmt: skip
"""Commands that take settings of an experiment as flags."""

TABLES = {"problem", "features", "model", "training", "title"}
"""Settings of an experiment that have no dot and no flag of their own."""

HALVING = ("seeds", "epochs")
"""What points can be halved over, the usual one first."""


def before_values(tokens: Sequence[str]) -> list[str]:
    """Return the tokens before `--`, after which everything is a value."""
    return list(tokens[: tokens.index("--")] if "--" in tokens else tokens)


def with_sets(tokens: Sequence[str]) -> list[str]:
    """Return the tokens with every dotted flag of these commands written as `--set`.

    >>> with_sets(["run", "spirals", "--model.hidden", "8,8", "--training.lr=1e-2"])
    ['run', 'spirals', '--set', 'model.hidden=8,8', '--set', 'training.lr=1e-2']

    Raises:
        InputError: a dotted flag has no value.
    """
    if not tokens or tokens[0] not in TAKE_SETTINGS:
        return list(tokens)
    flags = before_values(tokens)
    return [*_rewritten(flags), *tokens[len(flags) :]]


def _rewritten(tokens: Sequence[str]) -> Iterator[str]:
    rest = iter(_with_words(tokens))
    for token in rest:
        path, equals, value = token.partition("=")
        if not _is_setting(path):
            yield token
            continue
        if not equals:
            value = next(rest, "--")
            # A negative number begins with one hyphen.
            if value.startswith("--"):
                raise InputError(f"{path} needs a value, for example {path}=VALUE.")
        yield from ("--set", f"{path[2:]}={value}")


def _with_words(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the tokens with `--halving` followed by a word: seeds, where it stands alone."""
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        meant = after in HALVING or suggestion(after, HALVING)
        yield f"{token}={HALVING[0]}" if token == "--halving" and not meant else token


def _is_setting(flag: str) -> bool:
    return flag.startswith("--") and ("." in flag or flag[2:] in TABLES)


def read_sets(sets: Sequence[str]) -> dict[str, str]:
    """Return path -> text for `--set PATH=VALUE`; a path given twice is refused."""
    found: dict[str, str] = {}
    for text in sets:
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not path:
            raise InputError(f"--set needs PATH=VALUE, for example model.hidden=8,8, got {text!r}.")
        if path in found:
            raise InputError(f"{path} was given twice: {found[path]!r} and {value!r}. Leave one.")
        found[path] = value
    return found
