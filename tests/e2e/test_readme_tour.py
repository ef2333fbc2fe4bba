"""The README's five minutes with curl, typed in as they stand there."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.run import running_machine
from local.sandbox.book import sample_book
from local.sandbox.google_people import google_book
from local.sandbox.microsoft_graph import microsoft_book
from local.sandbox.providers import Books

README = Path(__file__).parents[2] / "README.md"
BASE = "http://127.0.0.1:8080"
CARDS = 40

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with running_machine(None, Books(sample_book(CARDS), google_book(20, 2), microsoft_book(2))) as (stack, _):
        yield stack.base_url


def commands() -> list[str]:
    """The curl commands of the tour, one by one."""
    tour = README.read_text(encoding="utf-8").split("### Five minutes with curl")[1].split("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", tour, re.MULTILINE | re.DOTALL)
    joined = "".join(blocks).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.startswith("curl")]


def typed(command: str, base_url: str, import_id: int = 0) -> str:
    script = f"ID={import_id}\n{command.replace(BASE, base_url)}"
    return subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True, timeout=60).stdout


def body(answer: str) -> Any:
    """The JSON body, whether curl showed the headers before it or not."""
    return json.loads(answer.replace("\r\n", "\n").rpartition("\n\n")[2])


def ended(command: str, base_url: str, import_id: int) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        status = body(typed(command, base_url, import_id))
        if status["closed_at"]:
            return status
        time.sleep(0.5)
    raise TimeoutError


def test_every_command_of_the_tour_does_what_the_readme_says(base_url: str) -> None:
    sources, start, ask, page, vcards, rows, rejected, delete, mistyped, consent, *cloudsponge = commands()

    assert "fastmail" in [source["name"] for source in body(typed(sources, base_url))["sources"]]

    started = typed(start, base_url)
    import_id = body(started)["id"]
    assert started.startswith("HTTP/1.1 202")
    assert f"/v1/imports/{import_id}" in started

    status = ended(ask, base_url, import_id)
    assert status["state"] == "complete"
    assert status["contacts"]["so_far"] == CARDS

    assert len(body(typed(page, base_url, import_id))["contacts"]) == CARDS
    assert typed(vcards, base_url, import_id).count("BEGIN:VCARD") == CARDS
    assert typed(rows, base_url, import_id).startswith("First Name,")
    assert [line["outcome"] for line in body(typed(rejected, base_url, import_id))["entries"]] == ["rejected"]

    assert typed(delete, base_url, import_id).startswith("HTTP/1.1 204")
    assert body(typed(ask, base_url, import_id))["code"] == "import_not_found"

    wrong = ended(ask, base_url, body(typed(mistyped, base_url))["id"])
    assert wrong["failure"]["code"] == "sign_in_refused"

    awaited = body(typed(consent, base_url))
    assert awaited["state"] == "awaiting_consent"
    assert awaited["consent_url"].startswith(f"{base_url}/n/")

    begin, events, contacts = cloudsponge
    begun = body(typed(begin, base_url))
    until = time.monotonic() + 60
    while body(typed(events, base_url, begun["id"]))["events"][-1]["event_type"] != "COMPLETE":
        assert time.monotonic() < until
        time.sleep(0.5)
    assert typed(contacts, base_url, begun["id"]).count("<contact>") == CARDS
