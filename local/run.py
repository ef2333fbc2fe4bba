"""`make run`: the whole stack on one machine until Ctrl-C."""

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from local.deploy import NotDeployed
from local.processes import NotStarted, answers
from local.sandbox.book import sample_book
from local.sandbox.radicale import Radicale, running_radicale
from local.signals import end_orderly
from local.stack import Stack, running_stack
from local.tenant import BEARER, seed

SANDBOX_PORT: Final = 5232
"""Where the sandbox server is while nobody else listens there, so that examples can be copied."""

WELCOME: Final = """Rubrica runs on {base}   (Ctrl-C ends it)

  tenant           localdev, with 'Authorization: Bearer {bearer}'
  address book     {server}   ({cards} cards of invented people)
                   user name '{username}', password '{password}'

Try
  curl -s {base}/v1/imports -H 'Authorization: Bearer {bearer}' -H 'Content-Type: application/json' \\
    -d '{{"source": "carddav", "server": "{server}", "username": "{username}", "password": "{password}"}}'
  curl -s {base}/v1/imports/ID -H 'Authorization: Bearer {bearer}'
  curl -s {base}/v1/imports/ID/contacts -H 'Authorization: Bearer {bearer}'

Its tenants, in another shell in this folder
{exports}
  .venv/bin/python -m rubrica.operator tenants list
"""


@contextmanager
def running_machine(
    port: int | None, cards: dict[str, str], *, sandbox_port: int | None = None
) -> Iterator[tuple[Stack, Radicale]]:
    """The stack with its tenant, and a sandbox server that holds `cards`; ports are free ones unless they are given."""
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="rubrica-sandbox-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        radicale = cleanup.enter_context(running_radicale(folder, cards, port=sandbox_port))
        stack = cleanup.enter_context(running_stack(port=port, parameters={"SandboxUrl": radicale.url}))
        seed(stack)
        yield stack, radicale


def main() -> int:
    """Serve until a signal ends it; 1 when it cannot start."""
    parser = argparse.ArgumentParser(description="Run Rubrica on this machine.")
    parser.add_argument("--port", type=int, default=8080, help="port of the API on 127.0.0.1 (8080)")
    port = parser.parse_args().port
    if answers(port):
        print(f"Port {port} of this machine is taken. Choose another one: make run PORT={port + 1}", file=sys.stderr)
        return 1
    end_orderly()
    book = sample_book()
    sandbox_port = None if answers(SANDBOX_PORT) else SANDBOX_PORT
    try:
        with (
            suppress(KeyboardInterrupt),
            running_machine(port, book.cards, sandbox_port=sandbox_port) as (stack, radicale),
        ):
            print(welcome(stack, radicale, len(book.cards)), flush=True)
            signal.pause()
    except (NotStarted, NotDeployed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def welcome(stack: Stack, radicale: Radicale, cards: int) -> str:
    """What to do now."""
    variables = {**stack.operator_environment(), "PYTHONPATH": "layers/rubrica"}
    return WELCOME.format(
        base=stack.base_url,
        bearer=BEARER,
        server=radicale.url,
        cards=cards,
        username=radicale.username,
        password=radicale.password,
        exports="\n".join(f"  export {name}={shlex.quote(value)}" for name, value in variables.items()),
    )


if __name__ == "__main__":
    sys.exit(main())
