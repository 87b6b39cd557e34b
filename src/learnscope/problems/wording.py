"""Words that the sentences of several problems share."""


def counted(value: int | tuple[int, ...]) -> str:
    """Say the number of points: "50 points each" or "50, 20 and 10 points"."""
    if not isinstance(value, tuple):
        return f"{many(value, 'point')} each"
    *first, last = value
    return f"{', '.join(map(str, first))} and {last} points" if first else many(last, "point")


def many(count: int, noun: str) -> str:
    """Say a number of things: "1 row" or "3 rows"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def smeared(noise: float, where: str = "both coordinates") -> str:
    """Say the noise, with the comma that joins it to the sentence."""
    if not noise:
        return ", without noise"
    return f", Gaussian noise of sd {noise:g} on {where}"
