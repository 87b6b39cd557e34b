"""The process in which a program runs: `python -m learnscope.doctor.watching.child REQUEST`."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path


def main(request: str) -> int:
    """Run and diagnose a program; the answer goes to the file that the request names."""
    from learnscope.doctor.watching.joining import judge
    from learnscope.doctor.watching.programs import read_program
    from learnscope.doctor.watching.running import run_program
    from learnscope.files import write_whole

    asked = json.loads(request)
    program = read_program(Path(asked["path"]))
    ran = run_program(program, asked["arguments"])
    if ran.error is not None:
        _show(ran.error)
    sys.stdout.flush()
    report = None if asked["report"] is None else Path(asked["report"])
    data = judge(program, ran, budget=asked["budget"], report=report)
    write_whole(Path(asked["answer"]), json.dumps(data))
    return 0


def _show(error: BaseException) -> None:
    """Print the program's own traceback, without the frames that ran it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_name != "<module>":
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
