"""`make run`: the whole stack on one machine until Ctrl-C."""

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from local.deploy import NotDeployed
from local.processes import NotStarted, answers, free_port
from local.sandbox.providers import Books, Sandbox, running_sandbox, sample_books
from local.signals import end_orderly
from local.stack import Stack, running_stack
from local.tenant import BEARER, DOMAIN_KEY, DOMAIN_PASSWORD, ORIGIN, REDIRECT_URL, seed, seed_apps

SANDBOX_PORT: Final = 5232
"""Where the sandbox's CardDAV server is while nobody else listens there, so that examples can be copied."""

WELCOME: Final = """Rubrica runs on {base}   (Ctrl-C ends it)

  tenant           localdev, with 'Authorization: Bearer {bearer}'
                   CloudSponge API: domain key '{domain_key}', password '{domain_password}'; all switches on
                   redirect URL {redirect_url}, origin {origin}
  address book     {server}   ({cards} cards of invented people)
                   user name '{username}', password '{password}'
  Google           {google} contacts; consent at {sign_in}/google, API at {people}
  Microsoft        {microsoft} contacts; consent at {sign_in}/microsoft, API at {graph}

Try
  curl -s {base}/v1/imports -H 'Authorization: Bearer {bearer}' -H 'Content-Type: application/json' \\
    -d '{{"source": "carddav", "server": "{server}", "username": "{username}", "password": "{password}"}}'
  curl -s {base}/v1/imports/ID -H 'Authorization: Bearer {bearer}'
  curl -s {base}/v1/imports/ID/contacts -H 'Authorization: Bearer {bearer}'

and, with the link 'consent_url' of the answer opened in a browser
  curl -s {base}/v1/imports -H 'Authorization: Bearer {bearer}' -H 'Content-Type: application/json' \\
    -d '{{"source": "google", "include": ["other_contacts"]}}'

as a client of the CloudSponge API
  curl -s -u {domain_key}:{domain_password} {base}/begin_import/import \\
    -d service=icloud -d username={username} -d password={password}
  curl -s -u {domain_key}:{domain_password} {base}/events/ID
  curl -s -u {domain_key}:{domain_password} {base}/contacts/ID

Its tenants and apps, in another shell in this folder
{exports}
  .venv/bin/python -m rubrica.operator tenants list
  .venv/bin/python -m rubrica.operator providers list
"""


@contextmanager
def running_machine(
    port: int | None,
    books: Books,
    *,
    sandbox_port: int | None = None,
    wait_scale: float = 1.0,
    redirect_urls: Sequence[str] = (REDIRECT_URL,),
    origins: Sequence[str] = (ORIGIN,),
) -> Iterator[tuple[Stack, Sandbox]]:
    """The stack with its tenant, and the sandbox with `books`; ports are free ones unless they are given.

    `wait_scale` shortens waits of the workflow; `redirect_urls` and `origins` are registered for the tenant.
    """
    port = port or free_port()
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="rubrica-sandbox-"))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        home = f"http://127.0.0.1:{port}"
        sandbox = cleanup.enter_context(running_sandbox(folder, books, home, radicale_port=sandbox_port))
        stack = cleanup.enter_context(running_stack(port=port, parameters=sandbox.parameters(), wait_scale=wait_scale))
        seed(stack, redirect_urls, origins)
        seed_apps(stack, sandbox.apps())
        yield stack, sandbox


def main() -> int:
    """Serve until a signal ends it; 1 when it cannot start."""
    parser = argparse.ArgumentParser(description="Run Rubrica on this machine.")
    parser.add_argument("--port", type=int, default=8080, help="port of the API on 127.0.0.1 (8080)")
    port = parser.parse_args().port
    if answers(port):
        print(f"Port {port} of this machine is taken. Choose another one: make run PORT={port + 1}", file=sys.stderr)
        return 1
    end_orderly()
    sandbox_port = None if answers(SANDBOX_PORT) else SANDBOX_PORT
    try:
        with (
            suppress(KeyboardInterrupt),
            running_machine(port, sample_books(), sandbox_port=sandbox_port) as (stack, sandbox),
        ):
            print(welcome(stack, sandbox), flush=True)
            signal.pause()
    except (NotStarted, NotDeployed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def welcome(stack: Stack, sandbox: Sandbox) -> str:
    """What to do now."""
    variables = {**stack.operator_environment(), "PYTHONPATH": "layers/rubrica"}
    return WELCOME.format(
        base=stack.base_url,
        bearer=BEARER,
        domain_key=DOMAIN_KEY,
        domain_password=DOMAIN_PASSWORD,
        redirect_url=REDIRECT_URL,
        origin=ORIGIN,
        server=sandbox.radicale.url,
        cards=len(sandbox.books.carddav.cards),
        username=sandbox.radicale.username,
        password=sandbox.radicale.password,
        google=len(sandbox.books.google.truths),
        microsoft=len(sandbox.books.microsoft.truths),
        sign_in=sandbox.sign_in.url,
        people=sandbox.people.url,
        graph=sandbox.graph.url,
        exports="\n".join(f"  export {name}={shlex.quote(value)}" for name, value in variables.items()),
    )


if __name__ == "__main__":
    sys.exit(main())
