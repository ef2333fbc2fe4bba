"""The sources that Rubrica knows, as data: where each is found, and what its user must be told.

Addresses and hints: the providers' help pages and public clients' tables, gathered in docs/sources.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from rubrica.domain.consent import AuthorizationServer
from rubrica.sources.google.sign_in import GOOGLE
from rubrica.sources.microsoft.sign_in import MICROSOFT

Method = Literal["consent", "password", "upload", "relay"]

_WITH_APP_SIGN_IN: Final = "Use an app password made for this purpose, not the account's own password."
_WITH_ACCOUNT_SIGN_IN: Final = "Use the e-mail address and password of the account."


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """One source.

    `start` is where discovery begins, "" when the user names the server; `path` is what to try below the server
    that the user names. `by_domain` are other starts for users of these e-mail domains. `largest_batch` is how
    many cards the provider likes to be asked for at once. `hint` is for the user. `consent` is the authorization
    server of a source that is opened by a consent.
    """

    name: str
    title: str
    hint: str
    start: str = ""
    needs_server: bool = False
    path: str = ""
    by_domain: Mapping[str, str] = field(default_factory=dict)
    largest_batch: int = 500
    method: Method = "password"
    consent: AuthorizationServer | None = None

    @property
    def include(self) -> Sequence[str]:
        """The words for what may be imported beyond the address book itself, if the caller and the user want it."""
        return tuple(self.consent.optional) if self.consent else ()

    def start_for(self, username: str) -> str:
        """Where discovery begins for this user; "" when the user has to name the server."""
        return self.by_domain.get(_domain(username), self.start)


_SOURCES: Final = (
    SourceInfo(
        "google",
        "Google Contacts",
        "Sign in at Google and tick the box for contacts on its page.",
        method="consent",
        consent=GOOGLE,
    ),
    SourceInfo(
        "microsoft",
        "Microsoft Outlook",
        "Sign in at Microsoft with the account that you read your mail with, and accept.",
        method="consent",
        consent=MICROSOFT,
    ),
    SourceInfo(
        "upload",
        "File",
        "Export your contacts as vCard (.vcf) or CSV from any address book, and send that file, up to 4 MB.",
        method="upload",
    ),
    SourceInfo(
        "cloudsponge",
        "Another import service",
        "Choose the provider, and sign in as its page or its help asks for.",
        method="relay",
    ),
    SourceInfo(
        "carddav",
        "CardDAV address book",
        "Give the server's address, or an e-mail address as user name. Many servers want an app password.",
        needs_server=True,
    ),
    SourceInfo(
        "icloud",
        "Apple iCloud",
        "Use your Apple Account's e-mail address and an app-specific password from account.apple.com. "
        "The account's own password does not work.",
        "https://contacts.icloud.com/",
    ),
    SourceInfo(
        "fastmail",
        "Fastmail",
        "Use your Fastmail address and an app password with access to contacts (CardDAV).",
        "https://carddav.fastmail.com/",
    ),
    SourceInfo(
        "gmx",
        "GMX",
        "Use your GMX address and password; with two-factor sign-in, an app password.",
        "https://carddav.gmx.net/",
        by_domain={"gmx.com": "https://carddav.gmx.com/", "gmx.us": "https://carddav.gmx.com/"},
        largest_batch=25,
    ),
    SourceInfo(
        "webde",
        "WEB.DE",
        "Use your WEB.DE address and password; with two-factor sign-in, a new app password for contacts only.",
        "https://carddav.web.de/",
        largest_batch=25,
    ),
    SourceInfo("mailboxorg", "mailbox.org", _WITH_APP_SIGN_IN, "https://dav.mailbox.org/"),
    SourceInfo("posteo", "Posteo", _WITH_ACCOUNT_SIGN_IN, "https://posteo.de:8843/"),
    SourceInfo(
        "tonline",
        "T-Online",
        "Use your T-Online address and the e-mail password (not the customer centre's).",
        "https://spica.t-online.de/spica-contacts/carddav",
        largest_batch=25,
    ),
    SourceInfo(
        "zoho",
        "Zoho",
        _WITH_APP_SIGN_IN + " For accounts of another region choose that region's entry.",
        "https://contacts.zoho.com/carddav/",
        by_domain={
            "zoho.eu": "https://contacts.zoho.eu/carddav/",
            "zohomail.eu": "https://contacts.zoho.eu/carddav/",
            "zoho.in": "https://contacts.zoho.in/carddav/",
            "zohomail.in": "https://contacts.zoho.in/carddav/",
            "zoho.com.au": "https://contacts.zoho.com.au/carddav/",
        },
    ),
    SourceInfo("zoho-eu", "Zoho (Europe)", _WITH_APP_SIGN_IN, "https://contacts.zoho.eu/carddav/"),
    SourceInfo("zoho-in", "Zoho (India)", _WITH_APP_SIGN_IN, "https://contacts.zoho.in/carddav/"),
    SourceInfo("zoho-au", "Zoho (Australia)", _WITH_APP_SIGN_IN, "https://contacts.zoho.com.au/carddav/"),
    SourceInfo(
        "yandex",
        "Yandex",
        "Use your Yandex address and an app password of the type Contacts.",
        # Not by the domain's own SRV record: its host answers 405.
        "https://carddav.yandex.ru/",
    ),
    SourceInfo(
        "yahoo",
        "Yahoo",
        "Use your Yahoo address and an app password from the account's security page.",
        "https://carddav.address.yahoo.com/",
    ),
    SourceInfo(
        "aol",
        "AOL",
        "Use your AOL address and an app password from the account's security page.",
        "https://carddav.aol.com/",
    ),
    SourceInfo("seznam", "Seznam.cz", _WITH_ACCOUNT_SIGN_IN, "https://carddav.seznam.cz/"),
    SourceInfo(
        "nextcloud",
        "Nextcloud",
        "Give the address of your Nextcloud, your user name, and an app password from Settings, Security.",
        needs_server=True,
        path="/remote.php/dav/",
    ),
    SourceInfo(
        "mailru",
        "Mail.ru",
        "Use your Mail.ru address and a password for external applications.",
        "https://carddav.mail.ru/",
    ),
    SourceInfo(
        "infomaniak",
        "Infomaniak",
        "Use your Infomaniak user id (not the e-mail address; config.infomaniak.com shows it) and an app password.",
        "https://sync.infomaniak.com/",
    ),
)

SOURCES: Final[Mapping[str, SourceInfo]] = MappingProxyType({source.name: source for source in _SOURCES})
"""Every source by its name."""

_MAILBOXES: Final = {
    "icloud": "icloud.com me.com mac.com",
    "fastmail": "fastmail.com fastmail.fm fastmail.net sent.com",
    "gmx": "gmx.net gmx.de gmx.at gmx.ch gmx.com gmx.us",
    "webde": "web.de",
    "mailboxorg": "mailbox.org",
    "posteo": "posteo.de posteo.net posteo.at posteo.ch posteo.eu posteo.us",
    "tonline": "t-online.de magenta.de",
    "zoho": "zoho.com zohomail.com zoho.eu zohomail.eu zoho.in zohomail.in zoho.com.au",
    "yandex": "yandex.ru yandex.com ya.ru yandex.by yandex.kz",
    "yahoo": "yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.de yahoo.co.uk yahoo.fr yahoo.it yahoo.es "
    "yahoo.ca yahoo.com.br yahoo.co.in yahoo.com.au",
    "aol": "aol.com aol.de aol.co.uk aim.com",
    "seznam": "seznam.cz email.cz post.cz spoluzaci.cz",
    "mailru": "mail.ru inbox.ru list.ru bk.ru internet.ru",
}
_DOMAINS: Final[Mapping[str, str]] = MappingProxyType(
    {domain: name for name, domains in _MAILBOXES.items() for domain in domains.split()}
)
"""Which source serves an e-mail domain."""

_WITHOUT: Final = frozenset(
    {
        *("outlook.com", "outlook.de", "outlook.fr", "hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.fr"),
        *("live.com", "live.de", "msn.com", "gmail.com", "googlemail.com"),
        *("proton.me", "protonmail.com", "protonmail.ch", "pm.me", "tuta.com", "tuta.io", "tutanota.com"),
    }
)
"""E-mail domains whose provider is known to have no CardDAV that a password opens."""

_LARGEST_BATCHES: Final = {"gmx.net": 25, "gmx.com": 25, "web.de": 25, "t-online.de": 25}


def start_for_mailbox(username: str) -> str:
    """Where the provider of a well-known e-mail domain keeps address books; "" for any other domain."""
    name = _DOMAINS.get(_domain(username))
    return SOURCES[name].start_for(username) if name else ""


def has_no_address_book(username: str) -> bool:
    """Whether the provider of this e-mail address is known to offer no CardDAV to password sign-in."""
    return _domain(username) in _WITHOUT


def is_provider(host: str) -> bool:
    """Whether the host belongs to one of the providers in the table, which a domain's SRV record may point to."""
    return any(host == known or host.endswith("." + known) for known in _PROVIDERS)


def largest_batch(host: str) -> int:
    """How many cards this host likes to be asked for at once."""
    return min((most for owner, most in _LARGEST_BATCHES.items() if host.endswith("." + owner)), default=500)


def _domain(username: str) -> str:
    return username.rpartition("@")[2].strip().lower() if "@" in username else ""


_PROVIDERS: Final = frozenset(
    {
        *("icloud.com", "fastmail.com", "gmx.net", "gmx.com", "web.de", "mailbox.org", "posteo.de", "t-online.de"),
        *("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "yandex.ru", "yahoo.com", "aol.com", "seznam.cz"),
        *("mail.ru", "infomaniak.com"),
    }
)
