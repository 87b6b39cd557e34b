"""`learnscope list`: the experiments of the catalogue, and the problems."""

from learnscope.catalogue import about, names
from learnscope.cli.output import heading, print_json, say, table
from learnscope.cli.problems import summaries


def list(*, json: bool = False) -> int:
    """List the experiments by topic, then the problems.

    Args:
        json: print one JSON object.
    """
    abouts = {name: about(name) for name in names()}
    problems = summaries()
    if json:
        print_json(
            {
                "experiments": [{"name": n, **a.model_dump()} for n, a in abouts.items()],
                "problems": [{"name": n, "summary": text} for n, text in problems.items()],
            }
        )
        return 0
    for topic in dict.fromkeys(a.topic for a in abouts.values()):
        heading(topic)
        rows = [(n, a.summary) for n, a in abouts.items() if a.topic == topic]
        table(("  name", "what it shows"), [(f"  {name}", text) for name, text in rows])
        say()
    heading("Problems")
    table(("  name", "what it is"), [(f"  {name}", text) for name, text in problems.items()])
    say(
        "\nTrain an experiment with 'learnscope run NAME' and a problem by itself with 'learnscope "
        "run --problem NAME'; read about either with 'learnscope show NAME'."
    )
    return 0
