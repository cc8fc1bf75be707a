"""Every line that `wsray dump` writes of the fixtures, in each of its forms, and what `wsray stats --json` writes, fit the JSON Schemas."""

from checks.case import each, fail_with
from checks.program import fixtures, folder_name, output
from checks.schema import faults, stats_validators, validators

AREA = "json"
GROUPS = {
    "fixtures": [path for path in fixtures() if folder_name(path) != "inflated-64-mb"],
    "endings": fixtures("endings/*/capture.pcap"),
    "rules": fixtures("rules/*/*.pcap"),
    "http2": fixtures("http2/*/capture.pcap"),
    "chains": fixtures("chains/*/capture.pcap"),
}
FORMS = ["", "--handshake", "--messages", "--payload digest", "--payload none", "--messages --payload-limit 20", "--handshake --redact"]


@each(*GROUPS)
def check_lines(group):
    against = validators()
    lines = [line for form in FORMS for line in output("dump", *form.split(), *GROUPS[group]).split(b"\n")[:-1]]
    assert lines, "no lines"
    fail_with(faults(lines, against))
    return f"{len(lines)} lines are as the schema says"


def check_stats():
    against = stats_validators()
    lines = [line for group in GROUPS.values() for line in output("stats", "--json", *group).split(b"\n")[:-1]]
    assert lines, "no lines"
    fail_with(faults(lines, against))
    return f"{len(lines)} figures are as the schema says"
