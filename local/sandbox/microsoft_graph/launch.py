"""Start the stand-in from Python."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.sandbox.microsoft_graph.book import MicrosoftBook
from local.sandbox.stand_in.launch import StandIn, running_stand_in


@contextmanager
def running_graph(
    state: Path,
    book: MicrosoftBook | Path,
    *,
    introspection: tuple[str, str, str] | None = None,
    tokens: Mapping[str, Sequence[str]] | None = None,
    port: int | None = None,
) -> Iterator[StandIn]:
    """Serve a book, or a data folder; `state` takes the files of the run.

    Tokens are asked of an authorization server (`introspection`: URL, client id, secret), or are `tokens`, each with
    its scopes. Raises NotStarted.
    """
    data = book if isinstance(book, Path) else book.write(state / "microsoft-graph")
    module, output = "local.sandbox.microsoft_graph", state / "microsoft-graph.log"
    with running_stand_in(
        module, data, output, introspection=introspection, tokens=tokens or {}, port=port
    ) as stand_in:
        yield stand_in
