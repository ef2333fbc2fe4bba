"""Google's authorization server (https://developers.google.com/identity/protocols/oauth2/web-server)."""

from typing import Final

from rubrica.domain.consent import AuthorizationServer

OTHER_CONTACTS: Final = "other_contacts"
"""The word by which a caller includes the contacts that Google collected by itself."""

OTHER_CONTACTS_SCOPE: Final = "https://www.googleapis.com/auth/contacts.other.readonly"
_CONTACTS_SCOPE: Final = "https://www.googleapis.com/auth/contacts.readonly"


def google(sandbox: str = "") -> AuthorizationServer:
    """Google, or what plays its part on one machine: the sandbox at this base address."""
    return AuthorizationServer(
        issuer=f"{sandbox}/google" if sandbox else "https://accounts.google.com",
        authorize=f"{sandbox}/google/o/oauth2/v2/auth" if sandbox else "https://accounts.google.com/o/oauth2/v2/auth",
        token=f"{sandbox}/google/token" if sandbox else "https://oauth2.googleapis.com/token",
        revoke=f"{sandbox}/google/revoke" if sandbox else "https://oauth2.googleapis.com/revoke",
        scopes=(_CONTACTS_SCOPE,),
        optional={OTHER_CONTACTS: OTHER_CONTACTS_SCOPE},
        # No refresh token: an import happens once.
        parameters={"access_type": "online"},
        announces_issuer=bool(sandbox),
    )


GOOGLE: Final = google()
