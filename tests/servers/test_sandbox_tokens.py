"""The stand-ins and the sandbox's authorization server together: what a consent allows, and for how long."""

from pathlib import Path

from consent_flow import OTHERS, revoke, silent_server, token
from stand_ins import Client

from local.sandbox.google_people import google_book, running_people
from local.sandbox.microsoft_graph import microsoft_book, running_graph

CONNECTIONS = "/v1/people/me/connections"


def test_a_token_allows_what_the_person_ticked_until_it_is_revoked(tmp_path: Path) -> None:
    with (
        silent_server(tmp_path) as issuer,
        running_people(tmp_path, google_book(3, 2), introspection=issuer.introspection("google")) as people,
        running_graph(tmp_path, microsoft_book(2), introspection=issuer.introspection("microsoft")) as graph,
    ):
        everything, less, other = token(issuer, "google"), token(issuer, "google", OTHERS), token(issuer, "microsoft")
        with Client(people, everything) as both, Client(people, less) as saved, Client(graph, other) as reader:
            assert len(both.get(CONNECTIONS, personFields="names")["connections"]) == 3
            assert len(both.get("/v1/otherContacts", readMask="names")["otherContacts"]) == 2
            assert len(saved.get(CONNECTIONS, personFields="names")["connections"]) == 3
            assert saved.error("/v1/otherContacts", readMask="names")[0] == 403
            assert len(reader.get("/v1.0/me/contacts")["value"]) == 2

            revoke(issuer, everything)
            assert both.error(CONNECTIONS, personFields="names")[0] == 401
            assert saved.get(CONNECTIONS, personFields="names")

        with Client(people, other) as stranger:
            assert stranger.error(CONNECTIONS, personFields="names")[0] == 401
