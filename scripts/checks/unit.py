"""The unit tests, which must have been built; all that they say is in .build/unit.log.

They are a case so that they run beside the others, and not while those measure time.
"""

import os
import re
import subprocess

from checks.case import on_request
from checks.settings import ROOT

LOG = ".build/unit.log"


@on_request
def check_unit():
    with open(f"{ROOT}/{LOG}", "w+", encoding="utf-8", errors="replace") as log:
        command = [os.environ.get("SWIFT", "swift"), "test", "--skip-build"]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        log.seek(0)
        told = re.findall(r"^(?:✘|✔ Test run).*|.*rror:.*", log.read(), re.MULTILINE)
    assert done.returncode == 0, "\n".join([*told, f"status {done.returncode}; all that they say is in {LOG}"])
    return told[-1].removeprefix("✔ ") if told else ""
