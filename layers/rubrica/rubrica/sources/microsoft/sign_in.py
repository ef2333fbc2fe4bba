"""Microsoft's authorization server (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow)."""

from typing import Final

from rubrica.domain.consent import AuthorizationServer

_LOGIN: Final = "https://login.microsoftonline.com"


def microsoft(sandbox: str = "") -> AuthorizationServer:
    """Microsoft, or what plays its part on one machine: the sandbox at this base address.

    No refresh token is asked for (`offline_access`). There is no address to revoke tokens at.
    """
    base = f"{sandbox}/microsoft" if sandbox else _LOGIN
    return AuthorizationServer(
        issuer=base if sandbox else f"{base}/{{tenantid}}/v2.0",
        authorize=f"{base}/{{directory}}/oauth2/v2.0/authorize",
        token=f"{base}/{{directory}}/oauth2/v2.0/token",
        scopes=("https://graph.microsoft.com/Contacts.Read",),
        parameters={"response_mode": "query"},
        announces_issuer=bool(sandbox),
    )


MICROSOFT: Final = microsoft()
