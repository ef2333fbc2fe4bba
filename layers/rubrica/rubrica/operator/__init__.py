"""What an operator does from a shell: `python -m rubrica.operator SUBJECT COMMAND`.

Works wherever boto3 finds credentials: the cloud, or the stack on one machine with the `export` lines that `make run`
prints. Each module beside this one has the commands of one subject.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from rubrica.errors import RubricaError
from rubrica.operator import providers, tenants, troubles, upstreams, webhooks
from rubrica.operator.installation import Installation


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 when it was done, 1 when it could not be, with a line on standard error that says why.

    What else there is to know of a command that was done is on standard error, too.
    """
    asked = _parser().parse_args(arguments)
    at = Installation(asked.stack, asked.table)
    try:
        for line in asked.run(at, asked):
            print(line)
    except (RubricaError, LookupError, ValueError, EOFError, BotoCoreError, ClientError) as error:
        print(f"rubrica.operator: {troubles.told(error, os.environ.get('AWS_ENDPOINT_URL', ''))}", file=sys.stderr)
        return 1
    for note in at.notes:
        print(f"rubrica.operator: {note}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rubrica.operator", description="Administer a Rubrica installation."
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stack", help="the CloudFormation stack; its outputs name the table and the secrets")
    where.add_argument("--table", help="the AccountsTable's name (default: $ACCOUNTS_TABLE)")
    subjects = parser.add_subparsers(
        title="subjects", required=True, metavar="tenants|providers|webhooks|upstreams", dest="subject"
    )
    tenants.add_commands(subjects.add_parser("tenants", help="the applications that use this installation"))
    providers.add_commands(subjects.add_parser("providers", help="the apps registered at Google and Microsoft"))
    webhooks.add_commands(subjects.add_parser("webhooks", help="where tenants hear of the end of their imports"))
    upstreams.add_commands(subjects.add_parser("upstreams", help="other services that import what Rubrica cannot read"))
    return parser
