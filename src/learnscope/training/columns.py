"""Named columns of one table, in the place of an array each."""

from collections.abc import Iterator, Mapping

from learnscope.arrays import Array


class Columns(Mapping[str, Array]):
    """A mapping name -> (t,) over one array (t, c).

    Of a hundred thousand small networks, the history of each as eleven arrays takes more memory
    for the arrays' heads than for their numbers.

    Args:
        names: names of the c columns.
        table: (t, c) float64; it is used, not copied.
    """

    __slots__ = ("_names", "_table")

    def __init__(self, names: tuple[str, ...], table: Array) -> None:
        assert table.ndim == 2 and table.shape[1] == len(names)
        self._names, self._table = names, table

    def __getitem__(self, name: str) -> Array:
        try:
            return self._table[:, self._names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
