"""Words that the sentences of several problems share."""


def counted(value: int | tuple[int, ...]) -> str:
    """Say the number of points: "50 points each" or "50, 20 and 10 points"."""
    if not isinstance(value, tuple):
        return f"{value} points each"
    *first, last = map(str, value)
    return f"{', '.join(first)} and {last} points" if first else f"{last} points"


def smeared(noise: float, where: str = "both coordinates") -> str:
    """Say the noise, with the comma that joins it to the sentence."""
    if not noise:
        return ", without noise"
    return f", Gaussian noise of sd {noise:g} on {where}"
