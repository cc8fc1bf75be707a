"""Screens and keys in Docs/Viewer.md. A screen follows `<!-- screen SIZE FILE KEYS -->`."""

import re

from checks.case import writes
from checks.pages import keep_page, read_page
from checks.program import output
from checks.tmux import CHAT, rehearse

AREA = "viewer"
SCREEN = re.compile(r"(<!-- screen (\d+x\d+) (\S+)([^\n]*?) -->\n```\n)(.*?)(```\n)", re.S)
KEYS = re.compile(r"(<!-- keys -->\n)(.*?)(<!-- end of keys -->\n)", re.S)


@writes
def check_page():
    text = read_page("Docs/Viewer.md")
    text, count = SCREEN.subn(lambda match: match[1] + rehearse(match[2], match[3], match[4]) + match[6], text)
    table = output("view", "--key-table", CHAT).decode()
    keep_page("Docs/Viewer.md", KEYS.sub(lambda match: match[1] + table + match[3], text), "make screens")
    return f"{count} screens"
