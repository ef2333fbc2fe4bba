"""Everything that a stack has written down, for tests that look for what must not be there."""

import json
from collections.abc import Iterator
from pathlib import Path

from local.stack import Stack


def everything_written(stack: Stack) -> Iterator[tuple[str, str]]:
    """Where a secret could have been left, and what stands there."""
    for function in stack.deployment.functions():
        yield f"log of {function}", "\n".join(stack.logs(function))
    workflow = stack.client("stepfunctions")
    for execution in stack.executions():
        described = workflow.describe_execution(executionArn=execution["executionArn"])
        yield "execution", json.dumps([described, stack.history(execution["executionArn"])], default=str)
    for page in stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.imports_table):
        yield "table", repr(page["Items"])
    yield "metrics", json.dumps(stack.client("cloudwatch").list_metrics()["Metrics"], default=str)
    for path in (it for it in Path(stack.state).rglob("*.log") if it.is_file()):
        yield path.name, path.read_text("utf-8", "replace")
