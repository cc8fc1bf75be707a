"""What the command line of `scripts/check` says. It is set before any module with cases is imported, and does not change afterwards."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = f"{ROOT}/fixtures"
# Public captures, beside the project; cases that read them are skipped where they are not there.
CAPTURES = f"{ROOT}/../shared/captures"

# The program that is checked.
WSRAY = ""
# Whether files that are kept are to be written, not compared.
IS_WRITING = False
# A folder that all cases of this run share.
SHARED = ""
