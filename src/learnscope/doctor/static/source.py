"""A program as syntax trees, with the questions that rules ask of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from learnscope.doctor.static.edits import Edit
from learnscope.doctor.watching.frames import place
from learnscope.doctor.watching.programs import Program, parse


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, the block it stands in, and its position there."""

    node: ast.stmt
    block: Sequence[ast.stmt]
    index: int


@dataclass(frozen=True)
class Text:
    """A piece of a program: its name, its lines and its tree."""

    filename: str
    lines: Sequence[str]
    tree: ast.Module

    def where(self, node: ast.AST) -> str:
        """Return "train.py:41" for a node."""
        return self.at(getattr(node, "lineno", 1))

    def at(self, line: int) -> str:
        """Return "train.py:41" for a line."""
        return place(self.filename, line)

    def column(self, line: int, offset: int) -> int:
        """Return the column in characters for an offset in bytes, which is what trees hold."""
        return len(self.lines[line - 1].encode()[:offset].decode(errors="ignore"))

    def replace(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """Return the change of a node to another text."""
        end_line = node.end_lineno or node.lineno
        return Edit(
            filename=self.filename,
            line=node.lineno,
            column=self.column(node.lineno, node.col_offset),
            end_line=end_line,
            end_column=self.column(end_line, node.end_col_offset or 0),
            text=text,
        )

    def drop_after(self, kept: ast.expr, last: ast.expr) -> Edit:
        """Return the removal of what stands behind one node up to the end of another."""
        line, end_line = kept.end_lineno or kept.lineno, last.end_lineno or last.lineno
        return Edit(
            filename=self.filename,
            line=line,
            column=self.column(line, kept.end_col_offset or 0),
            end_line=end_line,
            end_column=self.column(end_line, last.end_col_offset or 0),
            text="",
        )

    def insert_before(self, node: ast.stmt, text: str) -> Edit:
        """Return the insertion of a statement on a line of its own before another."""
        return self._insert(node.lineno, self.indent(node) + text + "\n")

    def insert_after(self, node: ast.stmt, text: str) -> Edit:
        """Return the insertion of a statement on a line of its own after another."""
        return self._insert((node.end_lineno or node.lineno) + 1, self.indent(node) + text + "\n")

    def remove(self, node: ast.stmt) -> Edit:
        """Return the removal of a statement with its lines."""
        end = (node.end_lineno or node.lineno) + 1
        return Edit(
            filename=self.filename, line=node.lineno, column=0, end_line=end, end_column=0, text=""
        )

    def add_argument(self, call: ast.Call, text: str) -> Edit:
        """Return the addition of a last argument to a call."""
        line = call.end_lineno or call.lineno
        column = self.column(line, call.end_col_offset or 1) - 1
        given = [*call.args, *(k.value for k in call.keywords)]
        between = ", " if given else ""
        if given:
            # A comma may stand behind the last argument.
            tail = self.lines[line - 1][:column].rstrip()
            between = " " if tail.endswith(",") else ", "
        return Edit(
            filename=self.filename,
            line=line,
            column=column,
            end_line=line,
            end_column=column,
            text=between + text,
        )

    def indent(self, node: ast.stmt) -> str:
        """Return the white space before a statement."""
        line = self.lines[node.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node."""
        return ast.get_source_segment("".join(self.lines), node) or ast.unparse(node)

    def _insert(self, line: int, text: str) -> Edit:
        return Edit(
            filename=self.filename, line=line, column=0, end_line=line, end_column=0, text=text
        )

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """All statements with their blocks, in the order of the text."""
        found = []
        for node in ast.walk(self.tree):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list):
                    found += [
                        Statement(s, block, i)
                        for i, s in enumerate(block)
                        if isinstance(s, ast.stmt)
                    ]
        return sorted(found, key=lambda s: (s.node.lineno, s.node.col_offset))


@dataclass(frozen=True)
class Source:
    """A whole program."""

    texts: Sequence[Text]
    _names: dict[str, int] = field(default_factory=dict)

    def walk(self) -> Iterator[tuple[Text, ast.AST]]:
        """Yield every node with its piece."""
        for text in self.texts:
            for node in ast.walk(text.tree):
                yield text, node

    def calls(self, *names: str) -> Iterator[tuple[Text, ast.Call]]:
        """Yield the calls of functions, classes or methods with one of the names."""
        for text, node in self.walk():
            if isinstance(node, ast.Call) and called(node) in names:
                yield text, node

    def has_call(self, *names: str) -> bool:
        """Whether something of one of the names is called."""
        return next(self.calls(*names), None) is not None

    def mentions(self, *names: str) -> bool:
        """Whether a name or an attribute of one of these is there, called or not."""
        for _, node in self.walk():
            if isinstance(node, ast.Name) and node.id in names:
                return True
            if isinstance(node, ast.Attribute) and node.attr in names:
                return True
        return False

    def modules(self) -> Iterator[tuple[Text, ast.ClassDef]]:
        """Yield the classes that are modules of PyTorch, or look like it."""
        for text, node in self.walk():
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
                if any(base.endswith("Module") for base in bases):
                    yield text, node

    def forwards(self) -> Iterator[tuple[Text, ast.FunctionDef]]:
        """Yield the forward functions of modules."""
        for text, kind in self.modules():
            for node in kind.body:
                if isinstance(node, ast.FunctionDef) and node.name == "forward":
                    yield text, node

    def optimizer_names(self) -> list[str]:
        """Return the names that optimisers are assigned to, in the order of the text."""
        found = []
        for text in self.texts:
            for statement in text.statements:
                target = assigned(statement.node)
                value = getattr(statement.node, "value", None)
                if target and isinstance(value, ast.Call) and called(value) in OPTIMIZERS:
                    found.append(target)
        return found


OPTIMIZERS = frozenset(
    {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam"}
    | {"LBFGS", "ASGD", "Rprop", "SparseAdam"}
)
LAYERS = frozenset(
    {"Linear", "Conv1d", "Conv2d", "Conv3d", "LSTM", "GRU", "RNN", "Embedding", "LayerNorm"}
    | {"BatchNorm1d", "BatchNorm2d", "ConvTranspose1d", "ConvTranspose2d", "Bilinear", "Sequential"}
    | {"LSTMCell", "GRUCell", "RNNCell", "MultiheadAttention", "TransformerEncoderLayer"}
)
MODE_LAYERS = frozenset(
    {"Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "BatchNorm1d", "BatchNorm2d"}
    | {"BatchNorm3d", "LazyBatchNorm1d", "LazyBatchNorm2d"}
)


def read_source(program: Program) -> Source:
    """Return the trees of a program.

    Raises:
        InputError: a piece is no Python.
    """
    texts = []
    for piece in program.pieces:
        lines = piece.source.splitlines(keepends=True)
        texts.append(Text(piece.filename, lines or [""], parse(piece)))
    return Source(texts)


def called(node: ast.AST) -> str:
    """Return the last part of what a call calls: "CrossEntropyLoss", "step"; "" for no call."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def owner(node: ast.Call) -> str:
    """Return what a method is called on: "opt" for opt.step(); "" for a function."""
    return ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""


def assigned(node: ast.AST) -> str:
    """Return the name that a statement assigns to: "model", "self.net"; "" for none or many."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        target = node.target
    else:
        return ""
    return ast.unparse(target) if isinstance(target, ast.Name | ast.Attribute) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """Return the value of a named argument, None where it is not given."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def method_statement(node: ast.stmt, *names: str) -> ast.Call | None:
    """Return the call of a statement that only calls a method of these names."""
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    return value if isinstance(value, ast.Call) and called(value) in names else None
