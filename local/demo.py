"""`make demo`: one real import from end to end, and what became of it."""

import sys
import time
from collections import Counter
from typing import Any

from local.client import Client
from local.deploy import NotDeployed
from local.processes import NotStarted
from local.run import running_machine
from local.sandbox.book import Book, sample_book
from local.sandbox.radicale import Radicale
from local.signals import end_orderly
from local.stack import Stack, path_of, transitions
from local.tenant import BEARER


def main() -> int:
    """0 only when every good card arrived and every broken one is in the ledger."""
    end_orderly()
    started = time.monotonic()
    book = sample_book()
    print(f"Starting the stack, and a Radicale with {len(book.cards)} cards of invented people ...", flush=True)
    try:
        with running_machine(None, book.cards) as (stack, radicale):
            print(f"Ready after {time.monotonic() - started:.1f} s on {stack.base_url}", flush=True)
            return import_all(stack, radicale, book)
    except KeyboardInterrupt:
        return 130
    except (NotStarted, NotDeployed) as error:
        print(error, file=sys.stderr)
        return 1


def import_all(stack: Stack, radicale: Radicale, book: Book) -> int:
    """Import the book through the API, print a summary and return the exit status."""
    client = Client(stack.base_url, BEARER)
    began = time.monotonic()
    started = client.start(
        source="carddav", server=radicale.url, username=radicale.username, password=radicale.password
    )
    status = client.wait(started["id"], told=show_progress)
    spent = time.monotonic() - began
    print()
    contacts, ledger = [], []
    if status["state"] == "complete":
        contacts, ledger = list(client.contacts(started["id"])), list(client.ledger(started["id"]))
    summarize(status, contacts, ledger, spent)
    show_execution(stack, started["id"])
    faults = list(book.faults(contacts, ledger))
    for fault in faults[:10]:
        print(f"  WRONG: {fault}")
    print("Every good card arrived." if not faults else f"{len(faults)} faults.")
    return 1 if faults else 0


def show_progress(status: dict[str, Any]) -> None:
    """One line that is written over itself."""
    counts = status["contacts"]
    announced = "?" if counts["announced"] is None else counts["announced"]
    waiting = f", waiting for {status['waiting_for']}" if status["waiting_for"] else ""
    line = f"Import {status['id']}: {status['state']}{waiting}, {counts['so_far']} contacts of {announced} records"
    print(f"\r{line:<78}", end="", flush=True)


def summarize(
    status: dict[str, Any], contacts: list[dict[str, Any]], ledger: list[dict[str, Any]], spent: float
) -> None:
    """What the import came to, and samples of it."""
    counts = status["contacts"]
    print(f"\n  state        {status['state']} after {spent:.1f} s")
    if status["failure"]:
        print(f"  failure      {status['failure']['code']}: {status['failure']['title']}")
    print(f"  contacts     {len(contacts)} read of {counts['so_far']} counted, {counts['groups']} groups")
    for contact in contacts[:: max(1, len(contacts) // 4)][:4]:
        emails = ", ".join(email["address"] for email in contact["emails"][:2])
        print(f"                 {contact['full_name']} <{emails}>")
    outcomes = Counter((entry["outcome"], reason) for entry in ledger for reason in entry["reasons"])
    print(f"  ledger       {len(ledger)} entries")
    for (outcome, reason), number in sorted(outcomes.items()):
        print(f"                 {number} x {outcome}: {reason}")


def show_execution(stack: Stack, import_id: int) -> None:
    """The path of the import's executions, and the transitions they are billed for."""
    for execution in reversed(stack.executions()):
        if execution["name"].partition("-")[0] == str(import_id):
            history = stack.history(execution["executionArn"])
            print(f"  execution    {' -> '.join(path_of(history))}")
            print(f"               {execution['status']}, {transitions(history)} state transitions")


if __name__ == "__main__":
    sys.exit(main())
