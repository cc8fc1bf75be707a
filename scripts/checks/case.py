"""What a module with cases says about them, and what a case says while it runs."""


class Skipped(Exception):
    """Raised by a case that cannot run here; says why."""


REMARKS = []


def remark(text):
    """Says what this case leaves out here; the summary says it once, however many cases do."""
    if text not in REMARKS:
        REMARKS.append(text)


def exclusive(function):
    """The case depends on time, so no other runs beside it."""
    function.is_exclusive = True
    return function


def writes(function):
    """With --write, the case writes the files that it otherwise compares."""
    function.is_writing = True
    return function


def on_request(function):
    """The case runs only where it is named."""
    function.is_on_request = True
    return function


def each(*names):
    """A case for each name, which is the last argument of the function."""

    def named(function):
        function.names = names
        return function

    return named


def fail_with(complaints):
    """Fails with all complaints that are any."""
    complaints = [text for text in complaints if text]
    assert not complaints, "\n".join(complaints)
