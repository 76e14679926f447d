"""
Runs schemathesis once for each line of its input: a JSON array of the folder to run in, where report.txt gets what it
prints, and its arguments. Answers with a line each, the exit code. A run is a fork of this process, which has loaded
everything: that takes a second of CPU.
"""
import gc
import json
import os
import signal
import sys

import rich.progress
import schemathesis.cli.commands.run.executor
import schemathesis.specs.openapi.coverage._operation
import schemathesis.transport.asgi
import schemathesis.transport.wsgi
from schemathesis.cli import schemathesis

BUDGET_SECONDS = 400  # On a busy machine; a quiet one takes 5.


def run(folder: str, arguments: list[str]) -> None:
    signal.alarm(BUDGET_SECONDS)
    # Most of what it makes is of use to its end, which is soon: to look for garbage among it is a tenth of the work.
    gc.set_threshold(200_000, 50, 100)
    os.chdir(folder)
    report = os.open("report.txt", os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(report, sys.stdout.fileno())
    os.dup2(report, sys.stderr.fileno())
    schemathesis(arguments, prog_name="schemathesis")  # It exits.


gc.freeze()
for line in sys.stdin:
    folder, *arguments = json.loads(line)
    child = os.fork()
    if child == 0:
        run(folder, arguments)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
