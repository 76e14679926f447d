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

import requests.sessions
import rich.progress
import schemathesis.cli.commands.run.executor
import schemathesis.specs.openapi.coverage._operation
import schemathesis.specs.openapi.coverage._schema as coverage
import schemathesis.transport.asgi
import schemathesis.transport.wsgi
from schemathesis.cli import schemathesis

# Where a pattern is there beside a format, schemathesis asks by such values, good and bad, whether it admits only what the
# format does. It has none for times, and looks in vain for one that fits the pattern alone: a second for each service.
coverage._FORMAT_PROBES["date-time"] = (
    ("2024-02-29T01:02:03Z",),
    (
        "2023-02-29T01:02:03Z",
        "2024-01-31T24:00:00Z",
        "2024-01-31T01:60:00Z",
        "2024-01-31 01:02:03Z",
        "2024-01-31",
        "x2024-01-31T01:02:03Z",
        "2024-01-31T01:02:03Zx",
    ),
)
# Nobody has an account there; to look for the file is a tenth of what a request costs.
requests.sessions.get_netrc_auth = lambda *_, **__: None

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
