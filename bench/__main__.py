"""Every measurement, one after another. Ends with 1 if one of them misses what it should reach."""

import sys
from collections.abc import Callable
from typing import Final

from bench import carddav, cloudsponge, consent, cost, csv_reading, slice, startup, vcard

MEASUREMENTS: Final[tuple[tuple[str, Callable[[], int]], ...]] = (
    ("vCard reading, mixed 2.1, 3.0 and 4.0, at least 9 times vobject", vcard.main),
    ("CSV reading in Google's layout, at least 40,000 contacts/s", csv_reading.main),
    (
        "A slice, at least 4,000 contacts/s by CardDAV, 8,000 by People and Graph; 100,000 cards in less than 400 MB",
        slice.main,
    ),
    ("An import of 10,000 contacts from one server, at least 3 times vdirsyncer", carddav.main),
    ("From Allow to contacts that can be read, at most a second more than the provider takes", consent.main),
    ("One contacts call of the CloudSponge dialect for 45,000 contacts, at least 6,000 a second", cloudsponge.main),
    ("What an import of 1,000 contacts asks of AWS", cost.main),
    ("Starting a function; the worker, poll_status, with at most 450 ms of imports", startup.main),
)


def main() -> int:
    """Print the rows of each."""
    missed = []
    for title, measure in MEASUREMENTS:
        print(f"\n{title}\n{'-' * len(title)}", flush=True)
        if measure():
            missed.append(title)
    print()
    for title in missed:
        print(f"MISSED: {title}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
