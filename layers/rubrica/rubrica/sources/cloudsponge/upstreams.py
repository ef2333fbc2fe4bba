"""Beginning an import at another service of the CloudSponge kind."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rubrica.domain.imports import LARGEST_ID, TenantId
from rubrica.domain.views import StartImport
from rubrica.errors import ImportFailure, SecretsUnavailable, UpstreamNotConfigured, UpstreamRefused
from rubrica.ports import Begun, Clock, Egress, Telemetry, Upstream, UpstreamAccounts
from rubrica.sources.cloudsponge.failures import CODES, OUR_KEYS, failure_of

if TYPE_CHECKING:
    from rubrica.sources.cloudsponge.answers import Told
    from rubrica.sources.cloudsponge.conversation import Said

_LONGEST: Final = timedelta(seconds=10)
"""A caller waits for the answer, and the function that asks has little more time itself."""

_SILENCE: Final = 9.0
_LATER: Final = 30
"""Seconds after which a service may be asked again that says that it is too much just now, but not for how long."""

_BUSY: Final = frozenset({429, 503})

_INCLUDED: Final = "mailing_address"
"""Every part there is: what of it is handed on, our own caller's `include` says."""

# Only what every reader takes for the same address: a name, a port, visible ASCII, nothing before the name.
_PAGE: Final = re.compile(
    r"https://[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}(:[1-9][0-9]{0,4})?([/?][!#-;=?-\[\]_a-z~]{0,1900})?"
)
_LOCAL_PAGE: Final = re.compile(r"http://(127\.0\.0\.1|localhost)(:[1-9][0-9]{0,4})?([/?][!#-;=?-\[\]_a-z~]{0,1900})?")


@dataclass(frozen=True, slots=True)
class CloudSpongeUpstreams:
    """Implements ports.Upstreams. `loopback` says whether the page of a consent may be on this machine itself.

    `way_out` is called when a request is to be sent: most starts send none, and need not wait for what it takes.
    """

    way_out: Callable[[], Egress]
    accounts: UpstreamAccounts
    clock: Clock
    telemetry: Telemetry
    loopback: bool = False

    def services(self, tenant: TenantId) -> Sequence[str]:
        """See ports.Upstreams. An account that is written wrong is none: it costs no other source."""
        try:
            upstream = self.accounts.upstream(tenant)
        except SecretsUnavailable as trouble:
            if trouble.reason != SecretsUnavailable.MALFORMED:
                raise
            self.telemetry.event("app_malformed", source="cloudsponge")
            return ()
        return upstream.services if upstream else ()

    def begin(self, tenant: TenantId, command: StartImport) -> Begun:
        """See ports.Upstreams. The service is asked once, and waited for 10 seconds at most."""
        upstream = self.accounts.upstream(tenant)
        if upstream is None:
            raise UpstreamNotConfigured
        try:
            said = self._ask(upstream, command)
        except ImportFailure as failure:
            raise self._refused(failure.code) from None
        if said.status != 200:
            raise self._refused(str(said.status), said.code, _pause(said))
        return self._begun(said, command)

    def _ask(self, upstream: Upstream, command: StartImport) -> "Said":
        from rubrica.sources.cloudsponge.conversation import Conversation

        late = self.clock.now() + _LONGEST
        conversation = Conversation(self.way_out(), upstream, lambda: self.clock.now() >= late)
        fields = {"service": command.service, "include": _INCLUDED}
        if command.credential is not None:
            fields |= {"username": command.credential.username, "password": command.credential.password}
            return conversation.post("/begin_import/import.json", fields, _SILENCE)
        fields |= {"redirect_url": command.redirect_url} if command.redirect_url else {}
        return conversation.post("/begin_import/user_consent.json", fields, _SILENCE)

    def _begun(self, said: "Said", command: StartImport) -> Begun:
        told = _told(said.body)
        number = told and (told.import_id or told.id)
        if told is None or not number or not 0 < number <= LARGEST_ID or (told.status or "success") != "success":
            raise self._refused("answer", said.code)
        # A service may ask for more than the password that it was given (CloudSponge did so for AOL).
        if not told.url and command.credential is not None:
            return Begun(number)
        if not self._may_be_opened(told.url or ""):
            raise self._refused("url")
        return Begun(number, told.url or "")

    def _may_be_opened(self, url: str) -> bool:
        return bool(_PAGE.fullmatch(url) or (self.loopback and _LOCAL_PAGE.fullmatch(url)))

    def _refused(self, why: str, code: int = 0, retry_after: int | None = None) -> UpstreamRefused:
        """A refusal of our own keys is the operator's, and to our caller no code: its keys are others."""
        self.telemetry.event("upstream_refused", why=why, code=code)
        meaning = type(failure_of(code)) if code in CODES else None
        return UpstreamRefused(0 if code == OUR_KEYS else code, retry_after, meaning)


def _pause(said: "Said") -> int | None:
    """Seconds after which the same may be asked again; None where nothing says that it would help."""
    if said.retry_after is None and said.status in _BUSY:
        return _LATER
    return said.retry_after


def _told(body: bytes) -> "Told | None":
    # The JSON decoder is loaded by the first import that needs it, not by every function that starts.
    import msgspec

    from rubrica.sources.cloudsponge.answers import Told
    from rubrica.sources.json_api.reading import record_of

    return record_of(Told, msgspec.Raw(body))[0]
