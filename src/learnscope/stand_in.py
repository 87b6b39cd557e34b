"""The digits in the place of images whose files are not here, where an experiment allows it."""

from typing import Any

from learnscope.experiment import Experiment
from learnscope.problems.bundled import load_bundled
from learnscope.problems.image_files import ImageFiles
from learnscope.problems.image_rows import of_classes


def with_stand_in(experiment: Experiment) -> Experiment:
    """Return the experiment with digits in the place of images that are not here.

    Any other experiment comes back as it is, and so does one without `problem.fallback`: its
    images are refused when they are drawn. The digits are written into the settings, so that a
    run says what it was trained on, and `problem.stands_for` says in whose place they are.
    """
    problem = experiment.problem
    if not isinstance(problem, ImageFiles) or problem.fallback is None:
        return experiment
    if problem.folder() is not None:
        return experiment
    changes: dict[str, Any] = {
        "problem.kind": "digits",
        "problem.stands_for": problem.source.name,
        "problem.scale": problem.scale,
    }
    if problem.fallback == "large_digits":
        changes["problem.side"] = problem.source.size[0]
    if problem.seed is not None:
        changes["problem.seed"] = problem.seed
    if problem.classes is not None:
        changes["problem.classes"] = list(problem.classes)
    if experiment.training.split.kind == "given":
        # Another kind begins afresh: what was set beside it is set again.
        split = {**experiment.training.split.plain(), "kind": "auto"}
        changes |= {f"training.split.{name}": split[name] for name in ("kind", *split)}
    return experiment.override(changes | _sizes(problem))


def _sizes(problem: ImageFiles) -> dict[str, Any]:
    """Return the settings that give as many rows as were asked for; none where they are too few."""
    if problem.n is None or (problem.part == "both" and problem.n_test is None):
        return {}
    wanted = problem.n + (problem.n_test or 0)
    there, _ = of_classes(load_bundled("digits").y, problem.classes)
    if wanted > len(there):
        return {}
    sizes: dict[str, Any] = {"problem.n": wanted}
    return sizes if problem.n_test is None else {**sizes, "training.split.test": problem.n_test}


def lacks_files(experiment: Experiment) -> str:
    """Say what to do where the images of an experiment are not here, "" where nothing lacks."""
    problem = experiment.problem
    if not isinstance(problem, ImageFiles) or problem.folder() is not None:
        return ""
    where = "" if problem.path is None else f" in {problem.path!r}"
    return (
        f"needs the files of {problem.source.title}, which are not here{where}: "
        f"'learnscope data get {problem.source.name}'"
    )


def stand_in_text(experiment: Experiment) -> str:
    """Say that digits stand for other images, "" where they do not."""
    from learnscope.problems.digits import Digits

    problem = experiment.problem
    if not isinstance(problem, Digits) or problem.stands_for is None:
        return ""
    return (
        f"the files of {problem.stands_for} are not here: the digits that come with learnscope "
        f"are used instead. 'learnscope data get {problem.stands_for}' gets them."
    )
