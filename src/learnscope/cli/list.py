"""`learnscope list`: the experiments of the catalogue."""

from learnscope.catalogue import about, names
from learnscope.cli.output import heading, print_json, say, table


def list(*, json: bool = False) -> int:
    """List the experiments by topic.

    Args:
        json: print one JSON object.
    """
    abouts = {name: about(name) for name in names()}
    if json:
        print_json({"experiments": [{"name": n, **a.model_dump()} for n, a in abouts.items()]})
        return 0
    for topic in dict.fromkeys(a.topic for a in abouts.values()):
        heading(topic)
        rows = [(n, a.summary) for n, a in abouts.items() if a.topic == topic]
        table(("  name", "what it shows"), [(f"  {name}", text) for name, text in rows])
        say()
    say("Train one with 'learnscope run NAME', read about it with 'learnscope show NAME'.")
    return 0
