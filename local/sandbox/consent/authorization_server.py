"""The sandbox's authorization server: oidc-provider under Node, in Google's role and in Microsoft's.

Everything it knows is in memory and gone with it. Its account is alice@example.com, and there is no password: whoever
opens its consent page decides.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import requests

from local.processes import NotStarted, answers, free_port, running_program

Role = Literal["google", "microsoft"]

FOLDER: Final = Path(__file__).parent
WHEEL_NODE: Final = FOLDER.parents[2] / ".venv-node" / "bin" / "node"
STARTING_SECONDS: Final = 20
ASKING_SECONDS: Final = 10
FRESH_ENOUGH: Final = 'process.exit(typeof URL.parse === "function" ? 0 : 1)'
"""oidc-provider needs it; the newest versions of Node 20 have it. The Makefile asks the same."""


class Client(NamedTuple):
    """An application that is registered, or a resource server that may introspect."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Client({self.client_id})"


CLIENTS: Final[Mapping[Role, Client]] = {
    "google": Client("sandbox-google.apps.example.com", "sandbox-google-secret"),
    "microsoft": Client("00000000-0000-4000-8000-00000000c0de", "sandbox-microsoft-secret"),
}
RESOURCE_SERVER: Final = Client("sandbox-resource-server", "sandbox-resource-server-secret")


class Introspection(NamedTuple):
    """Where and as whom a resource server asks about tokens (RFC 7662)."""

    url: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Introspection({self.url})"


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """A running server: `url` of its root; the clients it knows by role."""

    url: str
    clients: Mapping[Role, Client] = field(default_factory=lambda: CLIENTS, repr=False)

    @property
    def google_issuer(self) -> str:
        """The issuer in Google's role; its endpoints are o/oauth2/v2/auth, token and revoke beneath."""
        return f"{self.url}/google"

    @property
    def microsoft_issuer(self) -> str:
        """The issuer in Microsoft's role; its endpoints are common/oauth2/v2.0/authorize and .../token beneath."""
        return f"{self.url}/microsoft"

    def introspection(self, role: Role) -> Introspection:
        """What a stand-in for the provider's data service needs in order to check tokens."""
        return Introspection(f"{self.url}/{role}/introspect", *RESOURCE_SERVER)

    def control(self, role: Role, **settings: Any) -> None:  # noqa: ANN401 - JSON
        """Change how a role behaves from now on; the settings are in docs/sandbox.md. ValueError for a wrong one."""
        self._post({"role": role, **settings})

    def reset(self) -> None:
        """Forget settings, scripted answers and counters of both roles; tokens stay."""
        self._post({"reset": True})

    def counts(self, role: Role) -> dict[str, Any]:
        """Requests since the start or the last reset: authorize, token, revoke, token_statuses, revoke_statuses."""
        answer = requests.get(f"{self.url}/control/{role}", timeout=ASKING_SECONDS)
        answer.raise_for_status()
        counts: dict[str, Any] = answer.json()
        return counts

    def _post(self, wishes: Mapping[str, Any]) -> None:
        answer = requests.post(f"{self.url}/control", json=wishes, timeout=ASKING_SECONDS)
        if answer.status_code == requests.codes.bad_request:
            raise ValueError(answer.json()["error"])
        answer.raise_for_status()


@contextmanager
def running_authorization_server(
    state: Path, redirect_uris: Mapping[str, Sequence[str]], *, port: int | None = None
) -> Iterator[AuthorizationServer]:
    """Serve both roles from loopback; files go into `state`.

    `redirect_uris` are those that the client of each role has registered. Raises NotStarted.
    """
    port = port or free_port()
    command = [str(node()), str(FOLDER / "server.mjs"), str(write_settings(state, redirect_uris, port))]
    with running_program("The authorization server", command, {}, state / "consent.log") as child:
        child.wait_until(lambda: answers(port), STARTING_SECONDS)
        yield AuthorizationServer(f"http://127.0.0.1:{port}")


def why_no_authorization_server() -> str:
    """Why it cannot run here; empty when it can."""
    try:
        node()
    except NotStarted as error:
        return str(error)
    return ""


def node() -> Path:
    """Node of this machine if it is new enough, or else the one that `make setup` brought. Raises NotStarted."""
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        raise NotStarted("The authorization server is not installed. Run: make setup")
    for candidate in (shutil.which("node"), WHEEL_NODE):
        if candidate and Path(candidate).exists() and _fresh_enough(candidate):
            return Path(candidate)
    raise NotStarted("There is no Node that is new enough. Run: make setup")


def _fresh_enough(candidate: str | Path) -> bool:
    command = [candidate, "-e", FRESH_ENOUGH]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=STARTING_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotStarted(f"{candidate} did not end within {STARTING_SECONDS} seconds") from None
    return done.returncode == 0


def write_settings(state: Path, redirect_uris: Mapping[str, Sequence[str]], port: int) -> Path:
    """The server's settings, in a file because its arguments are visible to everybody on the machine."""
    settings = {
        "port": port,
        "resource_server": RESOURCE_SERVER._asdict(),
        "clients": [
            {"role": role, **client._asdict(), "redirect_uris": list(redirect_uris.get(role, []))}
            for role, client in CLIENTS.items()
            if redirect_uris.get(role)
        ],
    }
    path = state / "consent.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(settings), "utf-8")
    return path
