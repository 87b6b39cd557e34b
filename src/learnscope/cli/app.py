"""The command `learnscope`: its commands, its exit codes, and how it says what went wrong.

Exit codes: 0 ok; 1 the run or the data failed; 2 a wrong flag, name or setting; 3 finished, with
members that diverged or with findings of the doctor; 130 stopped by the user; 141 the reader of
the output went away.

Data go to stdout, progress and complaints to stderr. With --json, stdout holds one JSON object
in every case; after an error it is {"error": one sentence, "exit_code": the code}.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from learnscope.cli.arguments import before_values, with_sets
from learnscope.cli.output import note, print_json, shortened
from learnscope.cli.whole import check_whole
from learnscope.errors import LearnscopeError

if TYPE_CHECKING:
    from cyclopts import App

OBJECTS = 100_000
"""New objects after which Python looks for cycles of garbage. With its own 700 the search takes a
tenth of the time of a command, and finds next to nothing in so short a life."""

USAGE, FAILED, INTERRUPTED, BROKEN_PIPE = 2, 1, 130, 141

ABOUT = (
    "A laboratory for learning problems: train small networks by the thousand, see what was "
    "learned, and why not better.\n\n"
    "Start with 'learnscope list', then 'learnscope run spirals --seeds 20'."
)
EPILOGUE = (
    "'learnscope COMMAND --help' shows the flags and examples of a command. --debug shows the "
    "traceback of an error. NO_COLOR=1 turns colours off.\n\n"
    "Exit codes: 0 ok; 1 run failed; 2 wrong flag, name or setting; 3 finished, some members "
    "diverged, or the doctor found something; 130 stopped."
)

COMMANDS = {
    "run": (
        "Train an experiment and keep the run in a folder.\n\n"
        "WHAT is a name of the catalogue, a TOML or JSON file, or a CSV file (with --target). "
        "Every setting can be given as a flag with its dotted path, for example "
        "--model.hidden 8,8 or --training.lr=1e-2; 'learnscope show WHAT' lists them.",
        (
            "learnscope run spirals --seeds 20",
            "learnscope run spirals --model.hidden 8,8,8 --training.lr 1e-2",
            "learnscope run spirals --variant all --seeds 20",
            "learnscope run my.toml --dry-run",
            "learnscope run houses.csv --target price",
            "learnscope run spirals --seeds 1000 --budget 30s",
            "learnscope run --resume last",
        ),
    ),
    "sweep": (
        "Train an experiment over some of its settings, and keep all members in an atlas.\n\n"
        "WHAT is as in 'run'; a file may hold the axes in a table [sweep.over], and some names of "
        "the catalogue have sweeps of their own. An axis is SETTING=VALUES: 1..16 (whole numbers), "
        "0:2:0.25 (steps), log(1e-4,1,9) and lin(0,1,5) (so many), 8,16,32 (a list). The same "
        "sweep asked again trains only what is not there; more values or seeds add to the atlas.",
        (
            "learnscope sweep spirals --over model.width=1..16 --over problem.noise=0:2:0.25 "
            "--seeds 20",
            "learnscope sweep spirals --over model.width=4,8 --over training.lr='log(1e-4,1e-1,7)'",
            "learnscope sweep spirals --over model.width/training.epochs=4/2000,8/1000",
            "learnscope sweep spirals --over model.width=1..32 --over model.depth=1..6 "
            "--where 'width * depth <= 48' --dry-run",
            "learnscope sweep spirals --over training.lr='log(1e-4,1)' --over model.width=1..64 "
            "--sample 200",
            "learnscope sweep spirals --over model.width=1..64 --over "
            "training.lr='log(1e-5,1e-1,16)' --halving epochs",
            "learnscope sweep spirals --over training.lr='log(1e-4,1)' --over model.width=1..64 "
            "--sampler optuna --trials 60",
            "learnscope sweep my.toml --seeds 50 --json",
            "learnscope sweep --resume last",
        ),
    ),
    "atlas": (
        "List, show, query, compare, draw, report, open, export, merge and remove atlases.",
        (),
    ),
    "list": (
        "List the experiments of the catalogue by topic, and the problems.",
        ("learnscope list", "learnscope list --questions", "learnscope list --json"),
    ),
    "show": (
        "Explain an experiment: its lesson, its settings, its network and its ceiling.\n\n"
        "WHAT is a name of the catalogue, a file, a run, or a problem, which is explained by "
        "itself. Dotted settings work as in 'run'.",
        (
            "learnscope show spirals",
            "learnscope show digits",
            "learnscope show spirals --toml > my.toml",
            "learnscope show spirals --model.hidden 64,64",
            "learnscope show --schema > experiment.schema.json",
        ),
    ),
    "doctor": (
        "Run a PyTorch program, watch it train and say why it does not learn.\n\n"
        "Running a program is running its code, with all that it does: only give programs that "
        "you would run yourself. --static inspects the text alone and runs nothing. The program "
        "runs unmodified in a process of its own and computes the same bits as without being "
        "watched; what it prints goes to stderr. Exit code 0 healthy, 3 with findings, 1 where the "
        "program failed for no known reason, 2 misuse.",
        (
            "learnscope doctor train.py",
            "learnscope doctor train.py --epochs 5",
            "learnscope doctor notebook.ipynb --report doctor.html",
            "learnscope doctor train.py --static",
            "learnscope doctor train.py --fix > train.patch",
        ),
    ),
    "answer": (
        "Answer a question of the catalogue with numbers that are computed for it.",
        ("learnscope answer spirals", "learnscope answer spirals_longer Q7"),
    ),
    "exercise": (
        "Read an exercise of the catalogue, or hold settings of your own against its goal.",
        (
            "learnscope exercise line_by_hand",
            "learnscope exercise line_by_hand --model.weights.0.weight '[[2]]'",
            "learnscope exercise line_by_hand --solution",
        ),
    ),
    "check": (
        "Hold experiments of the catalogue against their expected outcomes.\n\n"
        "Prints a table of what was expected and what came, over several seeds. Exit code 1 "
        "where an outcome does not hold.",
        (
            "learnscope check spirals",
            "learnscope check --all --fast",
            "learnscope check --all --json",
        ),
    ),
    "warmup": (
        "Build or load the compiled trainer, and measure how fast this machine is.\n\n"
        "The first training on a machine does both by itself; this does it ahead of time, for "
        "example when an image of a container is made.",
        ("learnscope warmup", "learnscope warmup --json"),
    ),
    "runs": ("List, show, compare and remove runs.", ()),
    "probe": (
        "Put a question to a trained run: does it know shifted, turned, noisy or covered images, "
        "fresh or foreign examples; can it learn one batch or random labels by heart; what does "
        "it look at, how much of it can go.\n\n"
        "Without NAME the questions are listed, with the options that each takes.",
        (
            "learnscope probe",
            "learnscope probe noise last --levels 0.1,0.2,0.4",
            "learnscope probe shift digits --picture shift.svg",
            "learnscope probe fresh spirals --problem.revolutions 2",
            "learnscope probe pruning last --what units --order effect --member 0",
        ),
    ),
    "errors": (
        "Measure where the error of an experiment comes from: noise in the data, the family of "
        "functions, the finite data, the optimiser.\n\n"
        "The experiment is trained on many draws of its data, and beside it the best fits that "
        "can be had; every number comes with its Monte Carlo error, and their sum is checked. "
        "('learnscope runs errors' lists the rows that a network gets wrong.)",
        (
            "learnscope errors spirals",
            "learnscope errors spirals --model.hidden 3 --draws 40",
            "learnscope errors three_errors --variant wide",
            "learnscope errors last --json",
            "learnscope errors atlases/spirals-1a2b3c --point 3 --point 7",
        ),
    ),
    "learning-curve": (
        "Measure the error over the number of training rows, and forecast what 2 and 10 times as "
        "many would bring.\n\n"
        "A power law a n^-b + c is fitted, with intervals over members; its forecasts are checked "
        "against larger sizes that were held back. Made problems are asked for as many rows as it "
        "takes, data sets have those of their own.",
        (
            "learnscope learning-curve spirals --seeds 20",
            "learnscope learning-curve spirals --sizes 50,100,200,400,800 --picture curve.svg",
            "learnscope learning-curve digits --json",
        ),
    ),
    "width-curve": (
        "Measure the error over the width of a network, or the degree of a polynomial, on the same "
        "rows: from where on the training rows are fitted, and whether the error falls twice.",
        (
            "learnscope width-curve spirals --sizes 1,2,4,8,16,32",
            "learnscope width-curve spirals --problem.noise 2 --picture width.svg",
        ),
    ),
    "verdict": (
        "Say what limits a run, or each point of an atlas; which setting is best and which "
        "smaller one is as good; what to change, each proposal put to the test by training it.",
        (
            "learnscope verdict last",
            "learnscope verdict spirals --budget 30s --seeds 20",
            "learnscope verdict atlases/spirals-1a2b3c --no-trials",
        ),
    ),
    "predict": (
        "Answer for the rows of a CSV file, or for a picture, with the network of a run.\n\n"
        "Columns are found by name, in any order; other columns are ignored. The output is a CSV "
        "with one row for each row of the input, in the same order. A picture (.png, .jpg) is one "
        "row, for runs on images.",
        (
            "learnscope predict last new.csv",
            "learnscope predict houses new.csv --to prices.csv",
            "cat new.csv | learnscope predict last - --proba",
            "learnscope predict digits seven.png --invert --centre",
        ),
    ),
    "search": (
        "Find the examples nearest to one, by pixels or by what a network makes of them.\n\n"
        "--query is the number of a row, or a picture file. --agreement and --shifts measure how "
        "much such a search is worth.",
        (
            "learnscope search last --query 17 --k 5",
            "learnscope search last --query seven.png --invert --centre --by pixels",
            "learnscope search last --query 17 --by layer1 --picture nearest.svg",
            "learnscope search last --agreement --shifts 0,1,2,4",
        ),
    ),
    "export": (
        "Write a network as a PyTorch script that needs no learnscope.\n\n"
        "The folder holds predict.py, which can be read, run and imported, and weights.npz.",
        (
            "learnscope export last",
            "learnscope export houses --member 3 --to houses-network",
        ),
    ),
    "data": ("List, get and verify the image data sets.", ()),
    "report": (
        "Write the report of a run anew and print where it is.",
        ("learnscope report last", "learnscope report last --open"),
    ),
}
RUNS_COMMANDS = {
    "list": (
        "List the runs, newest first.",
        ("learnscope runs list", "learnscope runs list --json"),
    ),
    "show": (
        "Show how a run went: its state, its members and their figures.",
        ("learnscope runs show last", "learnscope runs show spirals --json"),
    ),
    "compare": (
        "Compare runs: first every setting in which they differ, then their figures, then whether "
        "these differ by more than chance: with tests and intervals.",
        ("learnscope runs compare spirals circles", "learnscope runs compare 20250101 last"),
    ),
    "errors": (
        "Show what a network gets wrong: which class it takes for which, and the wrong rows, the "
        "surest first, with their row numbers.",
        (
            "learnscope runs errors last",
            "learnscope runs errors digits --member 3 --top 50 --picture wrong.svg",
        ),
    ),
    "rm": (
        "Remove runs for good. Asks first; elsewhere than on a terminal --yes is needed.",
        ("learnscope runs rm 20250101T120000-1a2b3c", "learnscope runs rm last --yes"),
    ),
}
DATA_COMMANDS = {
    "list": (
        "List the data sets: whether they are here, where, and whether their checksums are right. "
        "'learnscope data' alone does the same.",
        ("learnscope data list", "learnscope data --json"),
    ),
    "get": (
        "Download a data set into the user's cache. Files that are there and right are kept; what "
        "was cut off is gone on with.",
        (
            "learnscope data get mnist",
            "learnscope data get fashion_mnist --to data/fashion_mnist",
            "learnscope data get mnist --mirror http://files.school.example/mnist/",
        ),
    ),
    "verify": (
        "Compare the files of a data set with their published checksums.",
        ("learnscope data verify", "learnscope data verify mnist --json"),
    ),
}
ATLAS_COMMANDS = {
    "list": (
        "List the atlases, the one written last at the end.",
        ("learnscope atlas list", "learnscope atlas list --json"),
    ),
    "show": (
        "Show an atlas: its axes, how far it is, and its best points.",
        ("learnscope atlas show last", "learnscope atlas show spirals --measure test_loss"),
    ),
    "query": (
        "Filter the members of an atlas, and gather them over their seeds.",
        (
            "learnscope atlas query last --by model.width --measure test_accuracy",
            "learnscope atlas query last --by width --by noise --where 'noise <= 1' --sort mean "
            "--descending --top 10",
            "learnscope atlas query last --where 'status == diverged' --csv > lost.csv",
            "learnscope atlas query last --to members.parquet",
        ),
    ),
    "compare": (
        "Compare two points of an atlas, in pairs of members of one seed.",
        ("learnscope atlas compare last 3 7", "learnscope atlas compare last 3 7 --json"),
    ),
    "open": (
        "Write the members of a point as a run, which all commands take that take runs.",
        ("learnscope atlas open last --point 7", "learnscope atlas open last --point 7 --seed 3"),
    ),
    "export": (
        "Write the weights and histories of members, stacked, for everybody's tools.",
        (
            "learnscope atlas export last --to weights",
            "learnscope atlas export last --to few --where 'width == 8'",
        ),
    ),
    "plot": (
        "Draw an atlas.\n\n"
        "VIEW is heat (a measure over two settings), lines (over one, with bands and seeds), phase "
        "(what limits each point), parts (the error taken apart), scaling (a power law with its "
        "forecast), cost (score against training time) or maps (what is learned at each setting).",
        (
            "learnscope atlas plot last",
            "learnscope atlas plot last lines --x model.width --y model.depth",
            "learnscope atlas plot spirals heat --measure test_loss --at problem.noise=0.5",
            "learnscope atlas plot last maps --picture maps.png",
        ),
    ),
    "report": (
        "Write the report of an atlas anew and print where it is.",
        ("learnscope atlas report last", "learnscope atlas report last --trials --open"),
    ),
    "merge": (
        "Bring the parts of a sweep, trained apart, into its atlas.",
        ("learnscope atlas merge atlases/parts/spirals-1a2b3c/*",),
    ),
    "rm": (
        "Remove atlases for good. Asks first; elsewhere than on a terminal --yes is needed.",
        ("learnscope atlas rm spirals-1a2b3c", "learnscope atlas rm last --yes"),
    ),
}
ROOMS = {
    "errors": "error_parts",
    "learning-curve": "size_curves",
    "width-curve": "size_curves",
    "runs errors": "errors",
    "atlas plot": "plot",
    "atlas report": "plot",
    "atlas merge": "merge",
}
"""Module of a command, where it has another name than the command or its group."""
GROUPS: dict[str, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "runs": RUNS_COMMANDS,
    "atlas": ATLAS_COMMANDS,
    "data": DATA_COMMANDS,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code.

    Args:
        argv: the arguments, `sys.argv[1:]` where left out.
    """
    if argv is None:
        # The process is ours alone.
        gc.set_threshold(OBJECTS)
    tokens = list(sys.argv[1:] if argv is None else argv)
    flags = before_values(tokens)
    debug, as_json = "--debug" in flags, "--json" in flags
    if debug:
        tokens.remove("--debug")
    try:
        code = _dispatch(tokens)
        sys.stdout.flush()
        return code
    except BaseException as error:
        if debug and not isinstance(error, SystemExit):
            traceback.print_exc()
        return _explain(error, as_json)


def make_app() -> App:
    """Return the parser. A command's module is imported when the command is called."""
    from cyclopts import App, Parameter

    app = App(
        name="learnscope",
        help=ABOUT,
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=False),
        config=(check_whole,),
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
        verbose=False,
        suppress_keyboard_interrupt=False,
    )
    for name, (text, examples) in COMMANDS.items():
        if name not in GROUPS:
            path = f"learnscope.cli.{ROOMS.get(name, name)}:{name.replace('-', '_')}"
            _add(app, path, name, text, examples)
    for group, commands in GROUPS.items():
        inner = App(name=group, help=COMMANDS[group][0], help_epilogue="", help_format="plaintext")
        for name, (text, examples) in commands.items():
            room = ROOMS.get(f"{group} {name}", group)
            _add(inner, f"learnscope.cli.{room}:{name}", name, text, examples)
        app.command(inner)
    return app


def _add(app: App, path: str, name: str, text: str, examples: Sequence[str]) -> None:
    epilogue = "\n".join(("Examples:", *(f"  {line}" for line in examples)))
    app.command(path, name=name, help=text, help_epilogue=epilogue, help_format="plaintext")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError

    import learnscope

    try:
        return str(learnscope.__version__)
    except PackageNotFoundError:
        return "unknown (used from its source, without being installed)"


def _dispatch(tokens: list[str]) -> int:
    if tokens == ["help"]:
        tokens = ["--help"]
    if tokens[:1] == ["data"] and (tokens[1:] == [] or tokens[1] == "--json"):
        tokens.insert(1, "list")
    code = make_app()(with_sets(tokens))
    return code if isinstance(code, int) else 0


def _explain(error: BaseException, as_json: bool) -> int:
    """Say what went wrong in one sentence and return the exit code."""
    if isinstance(error, BrokenPipeError):
        _drop_stdout()
        return BROKEN_PIPE
    text, code = _sentence(error)
    note(f"learnscope: {text}")
    if as_json:
        try:
            print_json({"error": text, "exit_code": code})
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_stdout()
    return code


def _sentence(error: BaseException) -> tuple[str, int]:
    from cyclopts import CycloptsError

    if isinstance(error, LearnscopeError):
        from learnscope.cli.hints import hinted

        return shortened(hinted(str(error))), error.exit_code
    if isinstance(error, CycloptsError):
        return _usage(str(error)), USAGE
    if isinstance(error, KeyboardInterrupt):
        return "Stopped.", INTERRUPTED
    if isinstance(error, OSError):
        place = f"{error.filename!r}: " if error.filename else ""
        return f"{place}{error.strerror or error}.", FAILED
    if isinstance(error, MemoryError):
        return "There is not enough memory. Use fewer members or a smaller network.", FAILED
    if isinstance(error, SystemExit):
        raise error
    return (
        f"Something unforeseen happened ({type(error).__name__}: {error}). This is a fault of "
        "learnscope, not yours; --debug shows where it is.",
        FAILED,
    )


def _usage(text: str) -> str:
    """Say that flags help, after the parser's own sentence."""
    from learnscope.cli.hints import flag_hint

    text = " ".join(text.split())
    # The parser's own guess is among the flags alone.
    hint = flag_hint(text)
    if hint:
        text = text.partition(" Did you mean")[0] + hint
    return f"{text} '--help' shows what there is."


def _drop_stdout() -> None:
    """Point stdout to nowhere, so that the interpreter's last flush does not fail too."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        pass
