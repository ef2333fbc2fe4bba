"""Addresses as users and servers write them, and whose host is whose."""

import pytest

from rubrica.errors import AnswerMalformed, ServerRefused
from rubrica.sources.carddav.places import Place, canonical, given, key_of, resolve

BASE = Place("https", "dav.example.com", 443, "/books/alice/")


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("dav.example.com", "https://dav.example.com/"),
        (" DAV.Example.com ", "https://dav.example.com/"),
        ("dav.example.com:8843", "https://dav.example.com:8843/"),
        ("dav.example.com/path", "https://dav.example.com/path"),
        ("https://dav.example.com:443/a?b=c", "https://dav.example.com/a?b=c"),
        ("HTTPS://dav.example.com", "https://dav.example.com/"),
        ("https://dav.example.com/zoë user/", "https://dav.example.com/zo%C3%AB%20user/"),
        ("münchen.example", "https://xn--mnchen-3ya.example/"),
        ("http://127.0.0.1:5232/", "http://127.0.0.1:5232/"),
        ("http://localhost:5232", "http://localhost:5232/"),
        ("http://[::1]:5232/", "http://[::1]:5232/"),
    ],
)
def test_what_users_write_is_an_address(server: str, url: str) -> None:
    assert given(server).url == url


@pytest.mark.parametrize(
    "server",
    [
        "",
        "http://dav.example.com",
        "a@b.example",
        "https://u:p@b.example/",
        "dav。example.com",
        "１.example",
        "x y",
        "https://a.example/#f",
    ],
)
def test_what_is_no_safe_address_is_refused(server: str) -> None:
    with pytest.raises(ServerRefused):
        given(server)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/x/1.vcf", "https://dav.example.com/x/1.vcf"),
        ("1.vcf", "https://dav.example.com/books/alice/1.vcf"),
        ("books/alice/1.vcf", "https://dav.example.com/books/alice/1.vcf"),
        ("../bob/1.vcf", "https://dav.example.com/books/bob/1.vcf"),
        ("https://p42-dav.example.com:443/1.vcf", "https://p42-dav.example.com/1.vcf"),
        ("//other.example.com/1.vcf", "https://other.example.com/1.vcf"),
        ("/ä b.vcf", "https://dav.example.com/%C3%A4%20b.vcf"),
        ("/a%40b.vcf", "https://dav.example.com/a%40b.vcf"),
        ("/x#frag", "https://dav.example.com/x"),
    ],
)
def test_hrefs_are_resolved(href: str, url: str) -> None:
    assert resolve(BASE, href).url == url


@pytest.mark.parametrize(
    "href",
    [
        "ftp://x.example/",
        "mailto:a@b.example",
        "https://u:p@x.example/",
        "https://[::1/",
        "https://a.example\\@b.example/",
    ],
)
def test_an_href_that_is_no_web_address_is_malformed(href: str) -> None:
    with pytest.raises(AnswerMalformed):
        resolve(BASE, href)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a%40b", "/a@b"),
        ("/a%3Db", "/a%3db"),
        ("/%c3%bc", "/%C3%BC"),
        ("/%7Ea", "/~a"),
        ("/a+b", "/a%2Bb"),
        ("/a%20b", "/a%20b"),
    ],
)
def test_spellings_of_a_path_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), [("/a%2Fb", "/a/b"), ("/a%3Fb", "/a"), ("/a%25b", "/a%b0"), ("/A", "/a")])
def test_different_paths_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("contacts.icloud.com", "p42-contacts.icloud.com"),
        ("example.com", "dav.example.com"),
        ("a.example.co.uk", "b.example.co.uk"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("a.duckdns.org", "dav.a.duckdns.org"),
    ],
)
def test_names_under_one_registered_domain_have_one_owner(one: str, other: str) -> None:
    assert BASE._replace(host=one).owned_as(BASE._replace(host=other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("example.com", "example.org"),
        ("example.com", "example.com.evil.example"),
        ("a.co.uk", "b.co.uk"),
        ("co.uk", "a.co.uk"),
        ("alice.duckdns.org", "bob.duckdns.org"),
        ("127.0.0.1", "127.0.0.2"),
        ("localhost", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.2"),
        ("[2001::1]", "[2001::2]"),
        ("xicloud.com", "icloud.com"),
    ],
)
def test_names_under_different_registered_domains_do_not(one: str, other: str) -> None:
    assert not BASE._replace(host=one).owned_as(BASE._replace(host=other))


@pytest.mark.parametrize(
    "href",
    ["/b/1.vcf", "/b/", "/", "//b/1.vcf", "/b/%41.vcf", "/b/a@b.vcf", "/b/a b.vcf", "1.vcf", "/b/é.vcf", "/b/1.vcf#x"],
)
def test_the_short_way_to_a_key_is_the_long_one(href: str) -> None:
    base = given("https://dav.example.org/b/")

    assert key_of(base, href) == resolve(base, href).key
