"""Take the answer of a provider: check whose it is, settle the consent once, start the workflow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rubrica.domain import consent, granting
from rubrica.domain.consent import AuthorizationServer, Consent, Return
from rubrica.domain.credential import Code
from rubrica.domain.imports import Import, ImportId, State, as_of, ended, importing
from rubrica.errors import (
    ImportFailure,
    ImportGone,
    NotifyUnavailable,
    ReturnAnswered,
    ReturnExpired,
    ReturnRefused,
)
from rubrica.ports import Clock, Imports, Notify, Telemetry, Vault, Workflow
from rubrica.services.begin import START_GRACE, begin

_WORD: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Callback:
    """The use case. `longest` is how long the import may take from now on, `retention` how long it is kept then."""

    imports: Imports
    vault: Vault
    workflow: Workflow
    notify: Notify
    clock: Clock
    telemetry: Telemetry
    servers: Mapping[str, AuthorizationServer]
    longest: timedelta
    retention: timedelta

    def __call__(self, answer: Return, cookie: str) -> Import:
        """The import as the answer left it, now or when the same answer came before: importing, or failed.

        Raises ReturnRefused for an answer that does not belong here, ReturnAnswered, ReturnExpired; PlatformTrouble.
        """
        now = self.clock.now()
        imp, awaited, server = self._find(answer)
        consent.check_return(imp.source, awaited, server, answer, cookie, now)
        if imp.expired(now):
            raise ReturnExpired
        imp = as_of(imp, now)
        failure = granting.refusal(server, answer)
        if not awaited.answered:
            if imp.state is not State.AWAITING_CONSENT:
                raise ReturnExpired
            settled = replace(imp, consent=replace(awaited, answered=consent.fingerprint(answer)))
            if failure:
                self._failed(settled, answer, failure, now)
            else:
                self._given(settled, answer, _code(awaited, answer, cookie), now)
        return _as_left(imp, failure)

    def _find(self, answer: Return) -> tuple[Import, Consent, AuthorizationServer]:
        """The import that a state names. One whose user goes to no provider is as good as none: a state can be guessed
        as far as the import's id, and nobody is to learn which ids there are."""
        number = consent.import_of_state(answer.state)
        row = None if number is None else self.imports.get(ImportId(number))
        if row is None or row.imp.consent is None or row.imp.source not in self.servers:
            raise ReturnRefused("state")
        return row.imp, row.imp.consent, self.servers[row.imp.source]

    def _given(self, imp: Import, answer: Return, code: Code, now: datetime) -> None:
        begun = replace(importing(imp, now, self.longest, self.retention), begun_at=now)
        standing, ours = self._settle(begun, answer, self.vault.seal(imp, code.pack()), now + START_GRACE)
        if ours:
            begin(self.workflow, self.telemetry, standing)
            self.telemetry.count("ImportsStarted", source=imp.source)

    def _failed(self, imp: Import, answer: Return, failure: type[ImportFailure], now: datetime) -> None:
        over = ended(imp, failure, now, self.retention)
        standing, ours = self._settle(over, answer, None, over.expires_at)
        if ours:
            self.telemetry.event(
                "consent_ended", import_id=imp.id, source=imp.source, failure=over.failure, error=_word(answer.error)
            )
            self.telemetry.count("ImportsClosed", source=imp.source, state=over.state.value, failure=over.failure)
            self._tell(standing)

    def _tell(self, imp: Import) -> None:
        """Who cannot be told now is told by the workflow, which finds the import at its end and closes it once more."""
        try:
            self.notify.closed(imp)
        except NotifyUnavailable:
            begin(self.workflow, self.telemetry, imp)

    def _settle(self, imp: Import, answer: Return, credential: bytes | None, due_at: datetime) -> tuple[Import, bool]:
        """Settle it, unless the same answer has just done so. Raises ReturnAnswered when another one has."""
        try:
            standing, ours = self.imports.answer_consent(imp, credential, due_at)
        except ImportGone:
            raise ReturnExpired from None
        if standing.consent is None or not consent.same(standing.consent.answered, consent.fingerprint(answer)):
            raise ReturnAnswered
        return standing, ours


def _code(awaited: Consent, answer: Return, cookie: str) -> Code:
    return Code(answer.code, consent.verifier(cookie, answer.state), awaited.redirect_uri, tuple(awaited.include))


def _as_left(imp: Import, failure: type[ImportFailure] | None) -> Import:
    """Whatever has become of it since: the same answer gets the same page, however often it comes."""
    return replace(imp, state=State.FAILED if failure else State.IMPORTING, failure=failure.code if failure else "")


def _word(error: str) -> str:
    """An error code fit for a log. RFC 6749 section 4.1.2.1 allows nearly all of ASCII; no code that is known needs
    more than this, and an address or a sentence does not fit it."""
    return error if _WORD.fullmatch(error) else "other"
