"""What an authorization server's answer comes to: given, given in part, or why not."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from rubrica.domain.consent import AuthorizationServer, Return
from rubrica.errors import (
    AppMisconfigured,
    AppUnverified,
    ConsentDenied,
    ConsentFailed,
    ConsentNeedsAdmin,
    ConsentUnticked,
    ImportFailure,
    ProviderUnavailable,
)

_ERRORS: Final[Mapping[str, type[ImportFailure]]] = MappingProxyType(
    {
        "access_denied": ConsentDenied,
        "consent_required": ConsentNeedsAdmin,
        "interaction_required": ConsentNeedsAdmin,
        "admin_policy_enforced": ConsentNeedsAdmin,
        "access_not_configured": AppUnverified,
        "app_not_verified": AppUnverified,
        "org_internal": AppUnverified,
        "unverified_app": AppUnverified,
        "invalid_client": AppMisconfigured,
        "invalid_request": AppMisconfigured,
        "invalid_scope": AppMisconfigured,
        "redirect_uri_mismatch": AppMisconfigured,
        "unauthorized_client": AppMisconfigured,
        "unsupported_response_type": AppMisconfigured,
        "server_error": ProviderUnavailable,
        "temporarily_unavailable": ProviderUnavailable,
    }
)
"""RFC 6749 section 4.1.2.1 and 5.2, OpenID Connect Core section 3.1.2.6, and what Google and Microsoft add."""


def failure_of(error: str) -> type[ImportFailure]:
    """What an error code of an authorization server comes to."""
    return _ERRORS.get(error, ConsentFailed)


def refusal(server: AuthorizationServer, answer: Return) -> type[ImportFailure] | None:
    """How the consent failed; None when it was given. A provider that names what was allowed is believed at once."""
    if answer.error:
        return failure_of(answer.error)
    return ConsentUnticked if answer.scope and not allowed(server.scopes, answer.scope.split()) else None


def allowed(asked: Sequence[str], granted: Sequence[str]) -> bool:
    """Whether all that was asked was granted. Microsoft answers with the short name of a scope, in any case."""
    known = {name for scope in granted for name in (scope.lower(), scope.lower().rpartition("/")[2])}
    return all(scope.lower() in known or scope.lower().rpartition("/")[2] in known for scope in asked)
