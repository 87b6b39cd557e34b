"""`learnscope list`: the experiments of the catalogue, and the problems."""

from learnscope.catalogue import about, names, read_entry
from learnscope.cli.output import heading, print_json, say, table
from learnscope.cli.problems import summaries


def list(*, questions: bool = False, json: bool = False) -> int:
    """List the experiments by topic, then the problems.

    Args:
        questions: list the questions, and where each is answered.
        json: print one JSON object.
    """
    if questions:
        return _questions(json)
    abouts = {name: about(name) for name in names()}
    abouts = dict(sorted(abouts.items(), key=lambda pair: pair[1].first))
    topics = [*dict.fromkeys(a.topic for a in abouts.values())]
    problems = summaries()
    if json:
        print_json(
            {
                "topics": topics,
                "experiments": [
                    {"name": n, **a.model_dump(mode="json")} for n, a in abouts.items()
                ],
                "problems": [{"name": n, "summary": text} for n, text in problems.items()],
            }
        )
        return 0
    for topic in topics:
        heading(topic)
        rows = [(n, a.summary) for n, a in abouts.items() if a.topic == topic]
        table(("  name", "what it shows"), [(f"  {name}", text) for name, text in rows])
        say()
    heading("Problems")
    table(("  name", "what it is"), [(f"  {name}", text) for name, text in problems.items()])
    say(
        "\nRead about an experiment or a problem with 'learnscope show NAME', train an experiment "
        "with 'learnscope run NAME' and a problem by itself with 'learnscope run --problem NAME'. "
        "'learnscope list --questions' shows the questions and exercises."
    )
    return 0


def _questions(as_json: bool) -> int:
    found = [(q, name) for name in names() for q in read_entry(name).question]
    found.sort(key=lambda pair: (pair[0].number[0] == "E", int(pair[0].number[1:])))
    if as_json:
        rows = [
            {"number": q.number, "entry": n, "text": q.text, "exercise": q.goal is not None}
            for q, n in found
        ]
        print_json({"questions": rows})
        return 0
    table(
        ("", "experiment", "exercise", "question"),
        [(q.number, n, "yes" if q.goal else "", q.text) for q, n in found],
    )
    say(
        "\n'learnscope answer NAME NUMBER' computes an answer, 'learnscope exercise NAME' asks you."
    )
    return 0
