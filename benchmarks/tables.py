"""Tables as the page has them: Markdown, a row printed as soon as it is measured."""

from collections.abc import Sequence


def head(*cells: str) -> None:
    """Print the head of a table; the first column is text, the others are numbers."""
    print()
    row(cells)
    print("|" + "|".join(["---"] + ["---:"] * (len(cells) - 1)) + "|", flush=True)


def row(cells: Sequence[str]) -> None:
    """Print one row."""
    print(f"| {' | '.join(cells)} |", flush=True)


def digits(value: float) -> str:
    """Write a number with two to three digits that mean something: 0.94, 12.5, 240, 7,200."""
    if value >= 1000:
        step = 10 ** (len(str(int(value))) - 3)
        return f"{round(value / step) * step:,}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
