"""The same as `damage`, two thousand times."""

from checks.case import each, on_request
from checks.damage import KINDS, damage

COUNTS = {"plain": 800, "tls": 500, "http2": 700}


@on_request
@each(*KINDS)
def check_kinds(kind):
    return damage(kind, COUNTS[kind], 1_000)
