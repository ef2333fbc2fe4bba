"""What is read of Graph's answers, under its names
(https://learn.microsoft.com/graph/api/resources/contact and .../contactfolder)."""

import msgspec

from rubrica.sources.json_api.reading import Page


class Values(Page, kw_only=True):
    """A page of contacts or folders. `@odata.count` is left alone: it counts what is never listed."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="value")
    next: str | None = msgspec.field(default=None, name="@odata.nextLink")


class _Told(msgspec.Struct, rename="camel", gc=False):
    """A part of an answer; what is null or not there is None."""


class EmailAddress(_Told):
    """An e-mail address; its name is what the address book shows for it."""

    address: str | None = None


class PhysicalAddress(_Told):
    """A postal address."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country_or_region: str | None = None


class Person(_Told):
    """One contact. `title` is what stands before the name, `generation` what stands after it."""

    id: str | None = None
    parent_folder_id: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    surname: str | None = None
    title: str | None = None
    generation: str | None = None
    nick_name: str | None = None
    email_addresses: list[EmailAddress] | None = None
    home_phones: list[str] | None = None
    business_phones: list[str] | None = None
    mobile_phone: str | None = None
    home_address: PhysicalAddress | None = None
    business_address: PhysicalAddress | None = None
    other_address: PhysicalAddress | None = None
    company_name: str | None = None
    department: str | None = None
    job_title: str | None = None
    birthday: str | None = None
    personal_notes: str | None = None
    categories: list[str] | None = None
    business_home_page: str | None = None


class ContactFolder(_Told):
    """One folder of contacts."""

    id: str | None = None
    display_name: str | None = None


SELECTED = ",".join(Person.__struct_encode_fields__)
"""The fields to ask for: those that are read."""
