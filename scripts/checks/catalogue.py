"""All cases, and those that names select."""

import difflib
import fnmatch
import importlib

# In the order of --list: what the program shows, then how it behaves, then what is written about it.
MODULES = [
    "golden", "fixtures", "truth", "recordings", "tunnels", "subprotocols", "polling", "tls", "tls_loss", "tls_secrets", "http2", "http3", "stats", "chains", "rules", "clean", "conformance",
    "endings", "damage", "many_damages", "blame", "lost_packet", "filter",
    "json_lines", "formats", "html_report", "diff", "diff_page", "replay", "redaction", "extract", "cut", "cut_order", "cut_streams", "summary", "nothing", "cli_usage", "completion", "cli_inputs", "over_tcp", "over_ssh", "cli_output", "cli_where", "jobs", "live",
    "faults", "live_ends", "live_listening", "live_permission", "live_owners", "run_command", "keys", "viewer_page", "viewer", "viewer_saves", "harness", "devtools", "recipes",
    "fleet", "unit", "instructions",
]  # fmt: skip


class Case:
    """A function with a name. Its module may have

    - AREA, the first part of the name, where that is not the module's;
    - around(), a context manager that each case runs in, and whose value it takes where that is not None;
    - IS_WAITING, where its cases wait more than they work; and NEEDS_PROGRAM, False where they do not run the program.
    """

    def __init__(self, module, function, name=None):
        area = getattr(module, "AREA", module.__name__.rpartition(".")[2])
        own = function.__name__[len("check_") :].replace("_", "-")
        self.name = ".".join([area, *([own] if own != area else []), *([name] if name else [])])
        self.module, self.function, self.arguments = module, function, [name] if name else []
        self.is_exclusive = getattr(function, "is_exclusive", False)
        self.is_writing = getattr(function, "is_writing", False)
        self.is_on_request = getattr(function, "is_on_request", False)
        self.is_waiting = getattr(module, "IS_WAITING", False)
        self.depends_on_time = self.is_waiting or self.is_exclusive
        self.needs_program = getattr(module, "NEEDS_PROGRAM", True)

    def __call__(self):
        """Runs the case; what it returns is what it says of itself."""
        around = getattr(self.module, "around", None)
        if not around:
            return self.function(*self.arguments)
        with around() as value:
            return self.function(*([] if value is None else [value]), *self.arguments)


class UnknownName(Exception):
    pass


def all_cases(modules=None):
    return [case for name in modules or MODULES for case in cases_of(importlib.import_module(f"checks.{name}"))]


def cases_of(module):
    for function in vars(module).values():
        if callable(function) and getattr(function, "__name__", "").startswith("check_") and function.__module__ == module.__name__:
            yield from (Case(module, function, name) for name in getattr(function, "names", [None]))


def selected(cases, names, also=()):
    """Those with these names, in the order of all; the usual ones without a name.

    A name may also be the part of names before a dot, a pattern, or how names begin.
    """
    chosen = {case.name for name in (*names, *also) for case in matching(cases, name)}
    if not names:
        chosen |= {case.name for case in cases if not case.is_on_request}
    return [case for case in cases if case.name in chosen]


def matching(cases, name):
    for is_meant in (
        lambda case: case.name == name or case.name.startswith(f"{name}."),
        lambda case: fnmatch.fnmatchcase(case.name, name),
        lambda case: case.name.startswith(name),
    ):
        found = [case for case in cases if is_meant(case)]
        if found and name:
            return found
    raise UnknownName(f"There is no case {name}.{near(cases, name)} `scripts/check --list` names them all.")


def near(cases, name):
    """Those that have it in their names, and names or parts of names that look like it."""
    parts = {case.name.rpartition(".")[2]: case.name for case in cases}
    for case in cases:
        words = case.name.split(".")
        parts |= {part: part for part in (".".join(words[:count]) for count in range(1, len(words) + 1))}
    close = [case.name for case in cases if name in case.name]
    close += [parts[part] for part in difflib.get_close_matches(name, parts, 3, 0.6)]
    close = list(dict.fromkeys(close))[:3]
    return f" Did you mean {' or '.join(close)}?" if close else ""
