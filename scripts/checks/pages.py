"""Documents, or parts of them, that are made from what the program says."""

import os

from checks.settings import IS_WRITING, ROOT


def read_page(name):
    with open(f"{ROOT}/{name}", encoding="utf-8") as file:
        return file.read()


def keep_page(name, text, command):
    """Compares a document with what it must be, or writes it; the command is what a person does where it differs."""
    if os.path.exists(f"{ROOT}/{name}") and read_page(name) == text:
        return
    assert IS_WRITING, f"{name} is not what the program says; run {command} and read the diff"
    with open(f"{ROOT}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {name}")
