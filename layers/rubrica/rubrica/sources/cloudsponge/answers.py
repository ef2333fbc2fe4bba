"""What is read of another service's answers, under the CloudSponge API's names; what is null or not there is None."""

import msgspec

from rubrica.sources.json_api.reading import Page


class _Told(msgspec.Struct, gc=False):
    """A part of an answer."""


class Told(_Told):
    """The answer to the beginning of an import."""

    status: str | None = None
    import_id: int | None = None
    id: int | None = None
    url: str | None = None


class Event(_Told):
    """One stage of an import."""

    event_type: str | None = None
    status: str | None = None
    value: int | None = None
    created_at: str | None = None


class Events(_Told):
    """All stages that an import has reached."""

    events: list[Event | None] | None = None


class Contacts(Page, kw_only=True):
    """A page of contacts. It names no next one: who reads counts."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="contacts")
    start: int | None = None
    owner: msgspec.Raw | None = msgspec.field(default=None, name="contacts_owner")


class Phone(_Told):
    """A number."""

    number: str | None = None
    type: str | None = None
    primary: bool | None = None


class Email(_Told):
    """An e-mail address; some services send entries without one."""

    address: str | None = None
    type: str | None = None
    primary: bool | None = None


class Address(_Told):
    """A postal address."""

    type: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    formatted: str | None = None


class Person(_Told):
    """One contact, or whose address book it is."""

    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    phone: list[Phone | None] | None = None
    email: list[Email | None] | None = None
    address: list[Address | None] | None = None
    groups: list[str | None] | None = None
    dob: str | None = None
    birthday: str | None = None
    companies: list[str | None] | None = None
    job_title: str | None = None
    external_id: str | None = None
