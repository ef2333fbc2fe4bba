"""Single cards whose own request goes wrong in odd ways, and time that runs out while a server thinks."""

import time

import pytest
from carddav_reading import read, source
from scripted_server import Reaction, Seen, book, serving

from rubrica.domain.credential import Credential
from rubrica.errors import ServerSilent, SignInRefused

BOOK = "/home/book/"
ODD = "/home/book/0003.vcf"
ANSWERS = {
    "redirected to another owner": Reaction(302, "", {"Location": "https://elsewhere.example.net/card.vcf"}),
    "redirected to itself": Reaction(302, "", {"Location": ODD}),
    "compressed": Reaction(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}),
    "with a broken status line": Reaction(raw=b"HTP/1.1 what\r\n\r\n"),
    "redirected nowhere": Reaction(302),
}


@pytest.mark.parametrize("reaction", ANSWERS.values(), ids=ANSWERS)
def test_a_card_whose_own_answer_is_odd_costs_only_itself(reaction: Reaction) -> None:
    def odd(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return Reaction(400)
        return reaction if seen.path == ODD else None

    with serving({BOOK: book(20)}, odd) as server:
        whole = read(server.url)

    assert whole.rejected == {ODD: "card_refused"}
    assert len(whole.contacts) == 19
    assert whole.adds_up()


def test_a_sign_in_that_is_refused_for_a_card_is_refused_for_all() -> None:
    def refused(seen: Seen) -> Reaction | None:
        if seen.report == "addressbook-multiget":
            return Reaction(400)
        return Reaction(401) if seen.path == ODD else None

    with serving({BOOK: book(20)}, refused) as server, pytest.raises(SignInRefused):
        read(server.url)


def test_an_answer_that_is_awaited_when_the_time_is_over_is_given_up() -> None:
    over = time.monotonic() + 0.5

    def slow(seen: Seen) -> Reaction | None:
        return Reaction(207, pause=8.0) if seen.report else None

    with serving({BOOK: book(20)}, slow) as server:
        began = time.monotonic()
        batches = source().read(Credential(server.url, "alice", "x"), None, lambda: time.monotonic() > over)
        assert next(batches).announced == 20
        with pytest.raises(ServerSilent):
            next(batches)
        assert time.monotonic() - began < 4
