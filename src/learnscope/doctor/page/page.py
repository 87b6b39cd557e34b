"""A diagnosis as one HTML page that needs nothing else and opens without a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from learnscope.doctor.page.course import Course
from learnscope.doctor.page.pictures import pictures_of
from learnscope.doctor.page.recorded import RecordLike, course_of_record
from learnscope.files import write_whole

VERDICTS = {
    "healthy": ("Healthy", "Nothing was found that keeps it from learning."),
    "at_ceiling": ("At the ceiling", "The data do not allow a better score."),
    "faulty": ("Faulty", "What follows keeps it from learning, the cause first."),
}


def render(data: Mapping[str, Any], course: Course | None, title: str) -> str:
    """Return the page as text.

    Args:
        data: the diagnosis as plain data: verdict, findings, notes.
        course: what the pictures are drawn from, None for a page without.
        title: what was diagnosed: the name of the program.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("learnscope.doctor.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    word, sentence = VERDICTS[data["verdict"]]
    css = resources.files("learnscope.reports") / "templates" / "report.css"
    return environment.get_template("diagnosis.html.j2").render(
        css=css.read_text(encoding="utf-8"),
        title=title,
        word=word,
        sentence=sentence,
        data=data,
        pictures=[] if course is None else pictures_of(course),
    )


class Told(Protocol):
    """A diagnosis: plain data and the record of a training, None where nothing was trained."""

    def to_dict(self) -> dict[str, Any]: ...
    @property
    def record(self) -> RecordLike | None: ...


def write_page(diagnosis: Told, path: Path) -> Path:
    """Write the page of a diagnosis and return its path.

    Raises:
        DataError: the file cannot be written.
    """
    record = diagnosis.record
    course = None if record is None else course_of_record(record)
    write_whole(path, render(diagnosis.to_dict(), course, "Diagnosis"))
    return path


def write_program_page(
    path: Path, data: Mapping[str, Any], course: Course | None, title: str
) -> None:
    """Write the page of a program that was run.

    Raises:
        DataError: the file cannot be written.
    """
    write_whole(path, render(data, course, title))
