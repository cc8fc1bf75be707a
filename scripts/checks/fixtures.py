"""The synthetic fixtures, made anew, are the very bytes that are kept."""

import filecmp
import glob
import os
import runpy
import shutil
import sys
import tempfile

from checks.case import each, fail_with, writes
from checks.settings import FIXTURES, IS_WRITING

NEEDS_PROGRAM = False
GENERATED = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FIXTURES}/*/make.py"))


@writes
@each(*GENERATED)
def check_fixtures(name):
    # What generators share is there for them; what they write stands beside them.
    sys.path.insert(0, FIXTURES)
    kept = f"{FIXTURES}/{name}"
    if IS_WRITING:
        runpy.run_path(f"{kept}/make.py", run_name="__main__")
        return
    made = f"{tempfile.mkdtemp()}/{name}"
    shutil.copytree(kept, made)
    runpy.run_path(f"{made}/make.py", run_name="__main__")
    fail_with(f"fixtures/{name}/{path} and what make.py makes differ; run make fixtures" for path in differing(kept, made))


def differing(one, other, ignored=("__pycache__",)):
    """Files below two folders that are not the same in both."""
    names = {os.path.relpath(os.path.join(folder, name), root) for root in (one, other) for folder, _, files in os.walk(root) for name in files}
    names = sorted(name for name in names if not set(ignored) & set(name.split(os.sep)))
    _, mismatched, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted(mismatched + missing)
