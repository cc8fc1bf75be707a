"""Messages that are shown of a capture from which packets were taken out, held against those that it has with all of them."""

from checks.case import fail_with
from checks.truth import is_part


class Losses:
    """Counts, over captures without some of their packets, the messages that are whole in them, and those that are shown."""

    def __init__(self, said):
        """`said`: of each stream and side the messages, each with the numbers of its packets."""
        self.said = said
        self.whole = self.shown = 0

    def take(self, shown, gone, what):
        """Takes what is shown without the packets `gone`; fails where something was not said, or not in that order."""
        for key, rows in shown.items():
            ours, theirs = [row for row, _ in rows], [row for row, _ in self.said.get(key, [])]
            fail_with([not is_part(ours, theirs) and f"{what}, {key}: something is invented"])
        for key, rows in self.said.items():
            ours = {row for row, _ in shown.get(key, [])}
            whole = [row for row, carriers in rows if not gone & carriers]
            self.whole += len(whole)
            self.shown += sum(row in ours for row in whole)

    def count(self, least, carriers):
        """`12 of 12`; fails where a smaller share than `least` is shown."""
        assert self.shown >= least * self.whole, f"{self.shown} of {self.whole} messages shown whose {carriers} are all there"
        return f"{self.shown} of {self.whole}"
