"""The Python of Docs/Recipes.md prints what stands there. It needs the packages duckdb, pandas and polars."""

import importlib.util
import re
import subprocess
import sys
import tempfile

from checks.case import Skipped, each, on_request
from checks.pages import read_page
from checks.program import CHAT, output

# By the package that each begins with, in the order of the page.
RECIPES = re.findall(r"^```python\n(import (\w+).*?)^```\n\n```text\n(.*?)^```", read_page("Docs/Recipes.md"), re.MULTILINE | re.DOTALL)
PACKAGES = {f"{number}-{package}": (script, package, told) for number, (script, package, told) in enumerate(RECIPES, 1)}


@on_request
@each(*PACKAGES)
def check_recipes(name):
    script, package, told = PACKAGES[name]
    if importlib.util.find_spec(package) is None:
        raise Skipped(f"the package {package} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for file_name, options in [("messages.jsonl", []), ("messages.csv", ["--format", "csv"])]:
            with open(f"{folder}/{file_name}", "wb") as file:
                file.write(output("dump", "--messages", *options, CHAT))
        done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True)
    assert done.stdout == told, f"{done.stdout or done.stderr[-300:]}, not {told}"
