"""Every error Rubrica raises by itself, in one tree.

    RubricaError
    ├── RequestError        the caller's request; becomes an RFC 9457 problem at the HTTP edge
    ├── ConsentRefusal      a browser's request on the way to a consent and back; becomes a page
    ├── ImportFailure       ends an import; the class name is the workflow's error name
    │   └── ProviderTrouble ends a slice; waited out, and a failure only when it does not pass
    ├── WebhookUnanswered   a tenant's receiver did not take a message; its workflow's Retry matches the class name
    └── PlatformTrouble     our own platform, not the import; the workflow's Retry matches the class name

Every leaf has a stable `code` and fixed texts: no address, name, token or answer body ever enters one.
This module imports nothing of Rubrica's, so that everything may import it. docs/errors.md lists the leaves.
"""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar


class RubricaError(Exception):
    """Base of the tree. `code` is stable, `title` says what happened, `advice` what to do about it."""

    code: ClassVar[str]
    title: ClassVar[str]
    advice: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(f"{self.title} {self.advice}")


# --- Requests ---------------------------------------------------------------------------------------------------------


class RequestError(RubricaError):
    """The request cannot be served. `status` is the HTTP status."""

    status: ClassVar[int]
    retry_after: int | None = None
    """Seconds after which the same request may succeed; None when it never will."""


class NotAuthenticated(RequestError):
    code, status = "not_authenticated", 401
    title = "The request carries no valid key."
    advice = "Send 'Authorization: Bearer <key>' with a key of an enabled tenant."


class CredentialsInAddress(RequestError):
    code, status = "credentials_in_address", 401
    title = "The keys of this tenant must not stand in an address."
    advice = "Send them by HTTP Basic or in the body, or let the operator switch on query_credentials for this tenant."


class RequestMalformed(RequestError):
    code, status = "request_malformed", 400
    title = "The request body is not valid JSON."
    advice = "Send one UTF-8 JSON object without duplicate keys, NaN, infinite numbers or deep nesting."


class RequestTooLarge(RequestError):
    code, status = "request_too_large", 413
    title = "The request body is too large."
    advice = "Send at most 64 KiB."


class FieldInvalid(RequestError):
    """A named field of the request is missing or outside its limits; `field` is our own name for it."""

    code, status = "field_invalid", 422
    title = "A field of the request is missing or not valid."
    advice = "See 'field' and 'rule', and the request's description in the OpenAPI document."

    def __init__(self, field: str, rule: str) -> None:
        super().__init__()
        self.field = field
        self.rule = rule


class SourceUnknown(RequestError):
    code, status = "source_unknown", 422
    title = "There is no such source."
    advice = "Choose one of the names that GET /v1/sources lists."


class SourceNotConfigured(RequestError):
    code, status = "source_not_configured", 422
    title = "This source is not set up in this installation."
    advice = "The operator registers an app at the provider and stores its id and secret, see docs/providers.md."


class UpstreamNotConfigured(RequestError):
    code, status = "upstream_not_configured", 422
    title = "No other service is set up for this source in this installation."
    advice = "The operator names an account at another service: 'upstreams set', see docs/sources.md."


class SourceUnsupported(RequestError):
    """`method` is how its users would sign in, "consent" or "password"."""

    code, status = "source_unsupported", 422
    title = "Rubrica cannot read this service by itself."
    advice = "Let the user upload an exported file, or let the operator name a service that reads it."

    def __init__(self, method: str) -> None:
        super().__init__()
        self.method = method


class UpstreamRefused(RequestError):
    """The service that was to run the import refused to begin it. `upstream_code` is the code it gave, 0 for none;
    `meaning` is what a code that we know stands for, with a title and an advice for the user."""

    code, status = "upstream_refused", 502
    title = "The service that was to read this address book refused."
    advice = "Try again later. If it lasts, tell the people who run this application."

    def __init__(
        self,
        upstream_code: int = 0,
        retry_after: int | None = None,
        meaning: "type[ImportFailure] | None" = None,
    ) -> None:
        super().__init__()
        self.upstream_code = upstream_code
        self.meaning = meaning
        self.retry_after = None if retry_after is None else max(retry_after, 1)


class PathUnknown(RequestError):
    code, status = "path_unknown", 404
    title = "There is nothing at this path for this method."
    advice = "Compare both with the documentation; an id may be missing in the path."


class ImportNotFound(RequestError):
    """`expired` says that it was the caller's own and is past its retention; not every dialect tells the two apart."""

    code, status = "import_not_found", 404
    title = "There is no such import."
    advice = "It may have expired or been deleted. Start a new import."

    def __init__(self, *, expired: bool = False) -> None:
        super().__init__()
        self.expired = expired


class ImportNotFinished(RequestError):
    code, status, retry_after = "import_not_finished", 409, 1
    title = "The import has not finished yet."
    advice = "Ask for its status until the state is 'complete', then ask again."


class ImportNotComplete(RequestError):
    """The import ended without all contacts; `failure` is the code it failed with, `method` how its user was to
    open the address book: "consent", "password" or "upload"."""

    code, status = "import_not_complete", 409
    title = "The import did not complete, so there are no contacts to read."
    advice = "See 'failure' and start a new import."

    def __init__(self, failure: str, method: str = "password") -> None:
        super().__init__()
        self.failure = failure
        self.method = method


class AnswerTooLong(RequestError):
    code, status = "answer_too_long", 413
    title = "These contacts are more than one answer can hold."
    advice = "Ask for them in parts with start and count (start=0&count=10000, then start=10000 …), and accept gzip."


class CursorInvalid(RequestError):
    code, status = "cursor_invalid", 400
    title = "The cursor is not one that this import handed out."
    advice = "Start again without a cursor, or follow the 'next' link as it is."


class FormatUnknown(RequestError):
    code, status = "format_unknown", 406
    title = "Contacts cannot be written in the format asked for."
    advice = "Accept application/json, application/jscontact+json, text/vcard or text/csv."


class IdempotencyKeyReused(RequestError):
    code, status = "idempotency_key_reused", 422
    title = "This Idempotency-Key was used for another request, or its import has been deleted."
    advice = "Use a new key for a new request; repeat a request with exactly the same body."


class TooManyStarts(RequestError):
    code, status = "too_many_starts", 429
    title = "The tenant has started too many imports in this minute."
    advice = "Wait for the seconds named in Retry-After, then repeat the request."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class ContactsUnreadable(RequestError):
    code, status = "contacts_unreadable", 500
    title = "What is stored of this import cannot be opened any more."
    advice = "Start a new import; asking again will not help."


class ServiceUnavailable(RequestError):
    code, status, retry_after = "service_unavailable", 503, 5
    title = "The service cannot answer just now."
    advice = "Repeat the request after the seconds named in Retry-After."


# --- Consent in the browser -------------------------------------------------------------------------------------------


class ConsentRefusal(RubricaError):
    """What a person's browser asked for cannot be served. `status` is the HTTP status of the page that says so."""

    status: ClassVar[int]


class LinkUnknown(ConsentRefusal):
    code, status = "link_unknown", 404
    title = "This link leads nowhere."
    advice = "It may be too old, or a part of it is missing. Go back to the application and start again."


class LinkExpired(ConsentRefusal):
    code, status = "link_expired", 410
    title = "This link has expired."
    advice = "Go back to the application and start again."


class LinkWornOut(ConsentRefusal):
    code, status = "link_worn_out", 429
    title = "This link has been opened too often."
    advice = "Go back to the application and start again."


class ReturnRefused(ConsentRefusal):
    """One text for everything that does not fit, so that nobody learns which part was nearly right.

    `why` is for the log: "shape", "state", "cookie", "path" or "issuer".
    """

    code, status = "return_refused", 400
    title = "This answer does not belong to a sign-in that was begun in this browser."
    advice = "It was not used. Go back to the application and start again; if it repeats, allow cookies for this site."

    def __init__(self, why: str = "shape") -> None:
        super().__init__()
        self.why = why


class ReturnAnswered(ConsentRefusal):
    """Only for the browser that went: nobody else hears that there was an answer."""

    code, status = "return_answered", 409
    title = "This sign-in has been answered already."
    advice = (
        "The first answer counts, perhaps one from another window, and this one was not used. Go back to the "
        "application: it shows what has become of the import."
    )


class ReturnExpired(ConsentRefusal):
    code, status = "return_expired", 410
    title = "The sign-in took too long."
    advice = "Nothing was imported. Go back to the application and start again."


class PageUnavailable(ConsentRefusal):
    code, status = "page_unavailable", 503
    title = "This page cannot be shown just now."
    advice = "Reload it in a few seconds."


class FileMissing(ConsentRefusal):
    code, status = "file_missing", 400
    title = "No file has arrived."
    advice = "Choose the file that holds your contacts, and send it again."


class FileIncomplete(ConsentRefusal):
    code, status = "file_incomplete", 400
    title = "The file has not arrived as it was sent."
    advice = "Send it again, one file at a time. If it repeats, try another browser or another network."


class FileTooLarge(ConsentRefusal):
    code, status = "file_too_large", 413
    title = "This file is too large."
    advice = "Files of up to 4 MB can be sent. Export the contacts again without photos, or in two parts."


class SignInIncomplete(ConsentRefusal):
    code, status = "sign_in_incomplete", 400
    title = "The user name or the password is missing."
    advice = "Fill in both, and send them again."


class SignInMalformed(ConsentRefusal):
    code, status = "sign_in_malformed", 400
    title = "This cannot be a user name and a password."
    advice = (
        "A user name holds no colon and has at most 320 characters, a password has at most 1,024, and neither holds a "
        "line break. Enter both once more."
    )


class ServerMissing(ConsentRefusal):
    code, status = "server_missing", 400
    title = "The address of the server is missing."
    advice = "Give it as the provider's help page shows it for CardDAV, or an e-mail address as user name."


# --- Failures of an import --------------------------------------------------------------------------------------------


class ImportFailure(RubricaError):
    """Ends an import for good. Raised by sources and services, matched by name in the workflow.

    `advice` is for the user; `operator` says what the installation's operator can do, "" where that is nothing.
    `retryable` says whether the user can do better by starting again; else somebody else has to do something first.
    """

    operator: ClassVar[str] = ""
    retryable: ClassVar[bool] = True


class SignInRefused(ImportFailure):
    code = "sign_in_refused"
    title = "The address book refused the user name or password."
    advice = (
        "Check both. Providers with two-factor sign-in want an app password made for this purpose, "
        "not the account's own password."
    )


class AccessForbidden(ImportFailure):
    code = "access_forbidden"
    title = "The address book accepted the sign-in but does not allow reading it."
    advice = "Allow reading contacts for this account, app password or application at the provider, then try again."


class ServerRefused(ImportFailure):
    code = "server_refused"
    title = "The address is not one that can be reached from here."
    advice = (
        "Give an https address on port 443 (or a port the operator allows) of a public server, without user name or "
        "password in it."
    )


class ServerNotFound(ImportFailure):
    code = "server_not_found"
    title = "No address-book server was found under this name."
    advice = "Check the spelling of the server, or of the domain in the e-mail address."


class ProviderWithoutAddressBook(ImportFailure):
    code = "provider_without_address_book"
    title = "This provider offers no CardDAV address book to connect to."
    advice = "Choose the provider's own source if there is one, or export the contacts there to a file and upload it."


class CertificateRefused(ImportFailure):
    code, retryable = "certificate_refused", False
    title = "The server's TLS certificate or protocol is not acceptable."
    advice = "The server needs a valid certificate for its name, from a public authority, and TLS 1.2 or later."


class RedirectRefused(ImportFailure):
    code = "redirect_refused"
    title = "The server redirects to an address that must not get the password."
    advice = "Give the address of the server that it redirects to, if you trust it."


class RedirectLoop(ImportFailure):
    code = "redirect_loop"
    title = "The server redirects without end."
    advice = "Give the address book's own address, as the provider's help page shows it for CardDAV."


class NotAnAddressBook(ImportFailure):
    code = "not_an_address_book"
    title = "The address answers, but not as a CardDAV address book."
    advice = "Give the CardDAV address that the provider's help page shows; a web page's address will not do."


class AnswerMalformed(ImportFailure):
    code, retryable = "answer_malformed", False
    title = "The server's answer cannot be read."
    advice = "The server is at fault. Tell its operator that its answers are not valid HTTP or XML."


class AnswerTooLarge(ImportFailure):
    code, retryable = "answer_too_large", False
    title = "The server's answer is larger than can be read here."
    advice = "Make the address book smaller, or ask the operator to raise the limit."


class AnswerEncoded(ImportFailure):
    code, retryable = "answer_encoded", False
    title = "The server compressed its answer although it was asked not to."
    advice = "The server is at fault. Tell its operator that it must honour 'Accept-Encoding: identity'."


class AddressBookTooLarge(ImportFailure):
    code, retryable = "address_book_too_large", False
    title = "The address book holds more than can be imported here."
    advice = "Make the address book smaller, or ask the operator to raise the limit."


class DeadlineExceeded(ImportFailure):
    code = "deadline_exceeded"
    title = "The import did not finish in its time."
    advice = "Try again later; the provider may be slow just now."


class CredentialLost(ImportFailure):
    code = "credential_lost"
    title = "The import's credential cannot be opened any more."
    advice = "Start a new import."


class PageUnreadable(ImportFailure):
    code = "page_unreadable"
    title = "Stored contacts of this import cannot be opened."
    advice = "Start a new import."


class ImportGone(ImportFailure):
    code = "import_gone"
    title = "The import was deleted or has expired."
    advice = "Start a new import."


class ImportStalled(ImportFailure):
    code = "import_stalled"
    title = "The import stopped moving and was given up."
    advice = "Start a new import. If this repeats, the operator finds the cause under the import's id."


class WorkerFailed(ImportFailure):
    code = "worker_failed"
    title = "The import ended by a fault of ours."
    advice = "Start a new import. If this repeats, the operator finds the cause under the import's id."


class FileNotContacts(ImportFailure):
    code = "file_not_contacts"
    title = "The file holds no contacts that can be read here."
    advice = "Export the contacts as vCard (.vcf) or CSV and upload that file as it is."


class FileUnreadable(ImportFailure):
    code = "file_unreadable"
    title = "The rows of the file cannot be understood."
    advice = "Its first row has to name the columns, an e-mail column among them. Export the contacts once more."


# Failures of a consent, in the order in which they can befall it.


class ConsentAbandoned(ImportFailure):
    code = "consent_abandoned"
    title = "The provider's consent page was never opened."
    advice = "Start again, and allow pop-up windows for this site."
    operator = "If it is often so: the application may open 'consent_url' outside a click, and browsers block that."


class FileNotSent(ImportFailure):
    code = "file_not_sent"
    title = "No file was sent in time."
    advice = "Export your contacts first, then start again and send the file within ten minutes."
    operator = "If it is often so: the application may open 'consent_url' outside a click, and browsers block that."


class SignInNotSent(ImportFailure):
    code = "sign_in_not_sent"
    title = "No user name and password were sent in time."
    advice = (
        "Start again and send both within ten minutes. Where the provider wants an app password, make one there first."
    )
    operator = "If it is often so: the application may open 'consent_url' outside a click, and browsers block that."


class ConsentExpired(ImportFailure):
    code = "consent_expired"
    title = "The consent was not given in time."
    advice = (
        "Start again and allow access within ten minutes. If the provider asked for an administrator's approval, "
        "ask your administrator for it first, or choose a personal account."
    )
    operator = (
        "If it is always so: the app may be unverified or need an administrator's approval, which the provider tells "
        "the user only. See docs/providers.md."
    )


class ConsentDenied(ImportFailure):
    code = "consent_denied"
    title = "Access to the contacts was not allowed."
    advice = "Start again and choose 'Allow' to import your contacts."
    operator = "Nothing is wrong. Say before the consent what the contacts are used for."


class ConsentUnticked(ImportFailure):
    code = "consent_unticked"
    title = "The box for contacts was not ticked, so they may not be read."
    advice = "Start again and tick the box for contacts on the provider's page."
    operator = "Nothing is wrong. Tell users before the consent which box to tick."


class ConsentNeedsAdmin(ImportFailure):
    code, retryable = "consent_needs_admin", False
    title = "An administrator of your organization has to approve this application first."
    advice = "Ask your administrator for the approval, or choose a personal account."
    operator = "Send the organization's administrator the consent address in docs/providers.md; verify the publisher."


class AppUnverified(ImportFailure):
    code, retryable = "app_unverified", False
    title = "The provider has not approved this application for your account."
    advice = "Tell the people who run this application; another account will not help."
    operator = "Have the app verified by the provider, or add the user to its test users. See docs/providers.md."


class AppMisconfigured(ImportFailure):
    code, retryable = "app_misconfigured", False
    title = "This application is not set up correctly at the provider."
    advice = "Tell the people who run this application."
    operator = "Compare client id, secret, redirect URIs and scopes with docs/providers.md; a secret may have expired."


class ConsentFailed(ImportFailure):
    code = "consent_failed"
    title = "The provider ended the sign-in with an error."
    advice = "Start again. If it repeats, try another account or ask the people who run this application."
    operator = "The log's event 'consent_ended' has the provider's error code in 'error'."


class ConsentNotRedeemed(ImportFailure):
    code = "consent_not_redeemed"
    title = "The consent was given, but the provider did not honour it."
    advice = "Start again. A consent can be used once and for a few minutes only."
    operator = "If it is always so, compare the redirect URI with the one registered at the provider."


class TokenRefused(ImportFailure):
    code = "token_refused"
    title = "The provider withdrew the access while the contacts were being read."
    advice = "Start again. The access may have been withdrawn in the account's settings, or have expired."
    operator = "If it is often so: two imports of one user at the same time end each other's access at Google."


class ApiNotEnabled(ImportFailure):
    code, retryable = "api_not_enabled", False
    title = "Reading contacts is not switched on for this application at the provider."
    advice = "Tell the people who run this application."
    operator = "Enable the People API in the Google Cloud project of the client id. See docs/providers.md."


class NoMailbox(ImportFailure):
    code = "no_mailbox"
    title = "This account has no mailbox, and so no contacts."
    advice = "Choose the account that you read your mail with."
    operator = "The mailbox may be on the organization's own server, which Microsoft Graph does not reach."


class PagesRepeat(ImportFailure):
    code, retryable = "pages_repeat", False
    title = "The provider hands out the same page again and again."
    advice = "Try again later. The provider is at fault."
    operator = "If it lasts, report it to the provider with the time of the import."


class NextPageRefused(ImportFailure):
    code, retryable = "next_page_refused", False
    title = "The provider names a next page on another server, which must not get the access."
    advice = "Try again later. The provider is at fault."
    operator = "If it lasts, report it to the provider with the time of the import."


# Failures that another service reports of an import that it runs for us; the numbers are the CloudSponge API's.


class UpstreamKeyRefused(ImportFailure):
    """1: our own keys there."""

    code, retryable = "upstream_key_refused", False
    title = "The service that was to read this address book does not know this application."
    advice = "Tell the people who run this application."
    operator = "Compare address and keys of the upstream (docs/sources.md) with those that the service shows."


class UpstreamRequestRefused(ImportFailure):
    """2: what was asked of it."""

    code, retryable = "upstream_request_refused", False
    title = "The service that was to read this address book did not understand what was asked of it."
    advice = "Tell the people who run this application."
    operator = "See whether the upstream's address leads to a service that speaks the CloudSponge API."


class UpstreamFault(ImportFailure):
    """256, and numbers that have no meaning."""

    code = "upstream_fault"
    title = "The service that was reading this address book met with an unexpected error."
    advice = "Try again later."
    operator = "If it lasts, report it to the service with the time of the import."


class UpstreamFailed(ImportFailure):
    """257."""

    code = "upstream_failed"
    title = "The service that was reading this address book could not finish."
    advice = "Try again later, or export the contacts to a file and upload it."
    operator = "If it lasts, report it to the service with the time of the import."


class UpstreamTimedOut(ImportFailure):
    """258."""

    code = "upstream_timed_out"
    title = "The provider took too long to hand out this address book."
    advice = "Try again later."
    operator = "If it lasts, report it to the service with the time of the import."


class SignInMissing(ImportFailure):
    """259."""

    code = "sign_in_missing"
    title = "The provider wants a user name and a password."
    advice = "Start again and give both."
    operator = "The application has to send user name and password for this service."


class UpstreamServiceMissing(ImportFailure):
    """260."""

    code, retryable = "upstream_service_missing", False
    title = "The service that was to read this address book was not told its provider."
    advice = "Tell the people who run this application."
    operator = "See whether the upstream's address leads to the service itself: something on the way may drop forms."


class UpstreamServiceUnknown(ImportFailure):
    """261."""

    code, retryable = "upstream_service_unknown", False
    title = "The service that was to read this address book does not know its provider."
    advice = "Choose another address book, or tell the people who run this application."
    operator = "Take the service's code from the upstream's list, or ask the upstream which it reads."


class SignInRepeated(ImportFailure):
    """262."""

    code = "sign_in_repeated"
    title = "The same user name and password have just been refused."
    advice = "Wait a few minutes, and check both before trying again; repeated attempts may lock the account."
    operator = "Nothing is wrong. Do not repeat imports with a password that was refused."


class UpstreamProviderDown(ImportFailure):
    """264: unlike ProviderUnavailable it is final, for the other service has given up."""

    code = "upstream_provider_down"
    title = "The provider of this address book is out of order just now."
    advice = "Try again in an hour."
    operator = "If it lasts, report it to the service with the time of the import."


class AccountClosed(ImportFailure):
    """265."""

    code = "account_closed"
    title = "This account has been closed at the provider."
    advice = "Choose another account."
    operator = "Nothing is wrong."


class AccountBlocked(ImportFailure):
    """266."""

    code = "account_blocked"
    title = "The provider has blocked this account until its owner confirms it."
    advice = "Sign in on the provider's own page, follow what it asks for, and try again."
    operator = "Nothing is wrong."


class TermsNotAccepted(ImportFailure):
    """267."""

    code = "terms_not_accepted"
    title = "The provider wants its new terms accepted first."
    advice = "Sign in on the provider's own page, accept them, and try again."
    operator = "Nothing is wrong."


class UpstreamConsentFailed(ImportFailure):
    """512."""

    code = "upstream_consent_failed"
    title = "The provider ended the sign-in with an unexpected error."
    advice = "Start again. If it repeats, try another account or ask the people who run this application."
    operator = "If it lasts, report it to the service with the time of the import."


class ServiceNotAllowed(ImportFailure):
    """513."""

    code, retryable = "service_not_allowed", False
    title = "This application may not import from this provider."
    advice = "Choose another address book, or tell the people who run this application."
    operator = "Have the provider switched on in the account at the upstream."


class ConsentLapsed(ImportFailure):
    """516: unlike ConsentExpired it is the other service that has waited."""

    code = "consent_lapsed"
    title = "Access was not allowed in time."
    advice = "Start again and allow access within ten minutes."
    operator = "If it is always so, see whether the upstream's consent page can be opened at all."


class ConsentLeft(ImportFailure):
    """517: unlike ConsentAbandoned the page was opened, for the other service counts from there."""

    code = "consent_left"
    title = "The page was left before access was allowed."
    advice = "Start again and allow access to your contacts."
    operator = "Nothing is wrong. Say before the consent what the contacts are used for."


class UpstreamNoContact(ImportFailure):
    """518."""

    code = "upstream_no_contact"
    title = "The service that was to read this address book could not talk to its provider."
    advice = "Try again later."
    operator = "If it lasts, report it to the service with the time of the import."


class AccountTooNew(ImportFailure):
    """528."""

    code, retryable = "account_too_new", False
    title = "The provider does not open an account's contacts before it is 14 days old."
    advice = "Try again in two weeks, or choose another account."
    operator = "Nothing is wrong."


class AppletFailure(ImportFailure):
    """768 to 775: a program on the user's own machine, which some services still know."""

    operator = "Browsers do not run such programs any more; offer the upload of a file."


class AppletFailed(AppletFailure):
    """768."""

    code = "applet_failed"
    title = "The address book on this computer could not be read."
    advice = "Export its contacts to a file and upload it."


class AppletNotTrusted(AppletFailure):
    """769."""

    code = "applet_not_trusted"
    title = "The program that reads the address book on this computer was not trusted."
    advice = "Export the contacts to a file and upload it."


class AppletFoundNothing(AppletFailure):
    """770."""

    code = "applet_found_nothing"
    title = "There is no address book on this computer that can be read."
    advice = "Choose where your contacts are, or export them to a file and upload it."


class AppletUploadFailed(AppletFailure):
    """771."""

    code = "applet_upload_failed"
    title = "The contacts of this computer were read, but did not arrive."
    advice = "Try again, or export them to a file and upload it."


class AppletLapsed(AppletFailure):
    """772."""

    code = "applet_lapsed"
    title = "Access to the address book on this computer was not given in time."
    advice = "Start again and allow it, or export the contacts to a file and upload it."


class AppletLeft(AppletFailure):
    """773."""

    code = "applet_left"
    title = "The page was left before the address book on this computer was read."
    advice = "Start again and stay on the page, or export the contacts to a file and upload it."


class AppletRefused(AppletFailure):
    """774."""

    code = "applet_refused"
    title = "Access to the address book in Outlook was refused."
    advice = "Start again and allow it, or export the contacts to a file and upload it."


class AppletForbidden(AppletFailure):
    """775."""

    code = "applet_forbidden"
    title = "The operating system did not let the address book on this computer be read."
    advice = "Export the contacts to a file and upload it."


# Failures that we find in what another service says.


class UpstreamGone(ImportFailure):
    """404 or 410 for an import that was begun there."""

    code = "upstream_gone"
    title = "The service that read this address book has deleted what it read."
    advice = "Start again."
    operator = "It keeps contacts for minutes only. If it is often so, see whether imports wait here."


class UpstreamContradicts(ImportFailure):
    """Pages that repeat, shift or end before their number."""

    code = "upstream_contradicts"
    title = "The service that read this address book contradicts itself."
    advice = "Try again later. That service is at fault."
    operator = "If it lasts, report it to the service with the time of the import."


class ProviderTrouble(ImportFailure):
    """The provider is in trouble that may pass: the slice ends, the workflow waits and asks again.

    `retry_after` is what the provider asked for, in seconds, or None. `attempts` is how many slices in a row
    may end this way without progress before the import fails with this error.
    """

    attempts: ClassVar[int] = 6

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__()
        self.retry_after = retry_after


class ProviderThrottled(ProviderTrouble):
    code = "provider_throttled"
    title = "The provider asks for fewer requests and did not relent."
    advice = "Try again in an hour."
    operator = "Look at the app's quotas at the provider. Google's on first pages cannot be raised: spread the imports."


class ProviderUnavailable(ProviderTrouble):
    code = "provider_unavailable"
    title = "The provider's server reports a fault of its own."
    advice = "Try again later."


class ServerUnreachable(ProviderTrouble):
    code = "server_unreachable"
    attempts = 4
    title = "The server does not accept connections."
    advice = "Check the address; if it is right, the server is down: try again later."


class ServerSilent(ProviderTrouble):
    code = "server_silent"
    attempts = 3
    title = "The server accepts connections but does not answer in time."
    advice = "Try again later."


class AnswerTruncated(ProviderTrouble):
    code = "answer_truncated"
    attempts = 2
    title = "The server's answer broke off."
    advice = "Try again later; if it repeats, the server is at fault."


class AnswerUnreadable(ProviderTrouble):
    code = "answer_unreadable"
    attempts = 3
    title = "The provider's answer is not what its interface promises."
    advice = "Try again later; if it repeats, the provider is at fault."


# --- Webhooks ---------------------------------------------------------------------------------------------------------


class WebhookUnanswered(RubricaError):
    code = "webhook_unanswered"
    title = "The tenant's webhook did not take the message."
    advice = "It is sent again, later and later; the import itself is not touched by it."


# --- Our own platform -------------------------------------------------------------------------------------------------


class PlatformTrouble(RubricaError):
    """A service Rubrica runs on did not do its part; the same call may succeed a moment later.

    `reason` is that service's own error code, for the log; it is not part of the text.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason


class StorageUnavailable(PlatformTrouble):
    code = "storage_unavailable"
    title = "The table did not answer as it should."
    advice = "It is tried again; if it lasts, look at the table's throttling and the function's policy."


class KeyUnavailable(PlatformTrouble):
    code = "key_unavailable"
    title = "The encryption key did not answer as it should."
    advice = "It is tried again; if it lasts, look at the key's state and the function's policy."


class WorkflowUnavailable(PlatformTrouble):
    code = "workflow_unavailable"
    title = "The workflow could not be started just now."
    advice = "It is tried again by the sweeper; if it lasts, look at the start quota of the state machine."


class SecretsUnavailable(PlatformTrouble):
    """`reason` is `MALFORMED` when the secret is there and not of the documented form, which no time will cure."""

    MALFORMED: ClassVar[str] = "SecretMalformed"
    code = "secrets_unavailable"
    title = "What an operator keeps in Secrets Manager could not be read."
    advice = (
        "It is tried again; if it lasts, look at the secret's format (docs/operations.md) and the function's policy."
    )


class NotifyUnavailable(PlatformTrouble):
    code = "notify_unavailable"
    title = "The end of the import could not be announced."
    advice = "It is tried again; if it lasts, look at the event bus and the function's policy."


# --- The tree itself --------------------------------------------------------------------------------------------------


def leaves(error: type[RubricaError]) -> list[type[RubricaError]]:
    """The errors under `error` that can be raised, in the order in which they stand here."""
    children = error.__subclasses__()
    return [leaf for child in children for leaf in leaves(child)] if children else [error]


@cache
def by_code() -> Mapping[str, type[RubricaError]]:
    """Every error that can be raised, by its code."""
    return {error.code: error for error in leaves(RubricaError)}
