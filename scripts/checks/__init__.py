"""The cases of `scripts/check`. A module has one area: each of its functions named `check_…` is a case."""
