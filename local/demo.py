"""`make demo`: one real import from end to end, and what became of it."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from local.client import Client
from local.deploy import NotDeployed
from local.processes import NotStarted
from local.run import running_machine
from local.sandbox.consent.person import NotConsented, consent
from local.sandbox.providers import Sandbox, sample_books
from local.signals import end_orderly
from local.stack import Stack, path_of, transitions
from local.tenant import BEARER

Source = Literal["carddav", "google", "microsoft"]

Records = Sequence[Mapping[str, Any]]

CHECKS: Final[Mapping[Source, Callable[[Sandbox, Records, Records], Iterator[str]]]] = {
    "carddav": lambda sandbox, contacts, ledger: sandbox.books.carddav.faults(contacts, ledger),
    "google": lambda sandbox, contacts, ledger: sandbox.books.google.faults(contacts, ledger),
    "microsoft": lambda sandbox, contacts, ledger: sandbox.books.microsoft.faults(contacts, ledger),
}
"""What is wrong with an import of the sandbox's account, one text each."""


def main() -> int:
    """0 only when every good contact arrived and every broken one is in the ledger."""
    parser = argparse.ArgumentParser(description="Run one import end to end.")
    parser.add_argument("--source", choices=get_args(Source), default="carddav", help="where to import from (carddav)")
    source: Source = parser.parse_args().source
    end_orderly()
    started = time.monotonic()
    print("Starting the stack, and providers with address books of invented people ...", flush=True)
    try:
        with running_machine(None, sample_books()) as (stack, sandbox):
            print(f"Ready after {time.monotonic() - started:.1f} s on {stack.base_url}", flush=True)
            return import_all(stack, sandbox, source)
    except KeyboardInterrupt:
        return 130
    except (NotStarted, NotDeployed, NotConsented) as error:
        print(error, file=sys.stderr)
        return 1


def import_all(stack: Stack, sandbox: Sandbox, source: Source) -> int:
    """Import the account through the API, print a summary and return the exit status."""
    client = Client(stack.base_url, BEARER)
    started = begin(client, sandbox, source)
    began = time.monotonic()
    status = client.wait(started["id"], told=show_progress)
    spent = time.monotonic() - began
    print()
    contacts, ledger = [], []
    if status["state"] == "complete":
        contacts, ledger = list(client.contacts(started["id"])), list(client.ledger(started["id"]))
    summarize(status, contacts, ledger, spent)
    show_execution(stack, started["id"])
    faults = list(CHECKS[source](sandbox, contacts, ledger))
    for fault in faults[:10]:
        print(f"  WRONG: {fault}")
    print("Every good contact arrived." if not faults else f"{len(faults)} faults.")
    return 1 if faults else 0


def begin(client: Client, sandbox: Sandbox, source: Source) -> dict[str, Any]:
    """Start the import; where a consent is needed, give it as a person would. Raises NotConsented."""
    if source == "carddav":
        radicale = sandbox.radicale
        return client.start(source=source, server=radicale.url, username=radicale.username, password=radicale.password)
    started = client.start(source=source, include=["other_contacts"] if source == "google" else [])
    print(f"Import {started['id']} waits for a consent: {started['consent_url']}")
    consent(started["consent_url"])
    print("The consent page was opened, every box left ticked, and 'Allow' pressed.", flush=True)
    return started


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
    labels = {name for contact in contacts for name in contact["groups"]}
    print(f"  contacts     {len(contacts)} read of {counts['so_far']} counted, in {len(labels)} groups")
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
