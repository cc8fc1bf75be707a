"""The example of Docs/Fleet.md on Ray, on this machine alone, prints what stands there. It needs the package ray."""

import importlib.util
import os
import re
import subprocess
import sys

from checks.case import Skipped, on_request
from checks.pages import read_page
from checks.settings import ROOT, WSRAY


@on_request
def check_fleet():
    if importlib.util.find_spec("ray") is None:
        raise Skipped("the package ray is not installed")
    command, told = re.search(r"^```text\n\$ python3 (.*)\n((?:.*\n)*?)^```", read_page("Docs/Fleet.md"), re.MULTILINE).groups()
    variables = {key: part for key, part in os.environ.items() if key != "RAY_ADDRESS"} | {"WSRAY": WSRAY}
    done = subprocess.run([sys.executable, *command.split()], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=280)
    assert done.stdout == told, f"it prints\n{done.stdout}\n{done.stderr[-500:]}"
    return f"{len(told.splitlines()) - 1} rows are as the page has them"
