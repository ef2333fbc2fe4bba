"""What is read of the People API's answers, under its names (discovery document people.v1, revision 20251117)."""

import msgspec

from rubrica.sources.json_api.reading import Page


class Connections(Page, kw_only=True):
    """A page of saved contacts."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="connections")
    next: str | None = msgspec.field(default=None, name="nextPageToken")
    total: int | None = msgspec.field(default=None, name="totalItems")


class OtherContacts(Page, kw_only=True):
    """A page of contacts that Google collected by itself."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="otherContacts")
    next: str | None = msgspec.field(default=None, name="nextPageToken")
    total: int | None = msgspec.field(default=None, name="totalSize")


class ContactGroups(Page, kw_only=True):
    """A page of labels."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="contactGroups")
    next: str | None = msgspec.field(default=None, name="nextPageToken")
    total: int | None = msgspec.field(default=None, name="totalItems")


class _Told(msgspec.Struct, rename="camel", gc=False):
    """A part of an answer; what is null or not there is None."""


class FieldMetadata(_Told):
    """Which value of a field the user prefers."""

    primary: bool | None = None


class Name(_Told):
    """A name, in one and in parts."""

    metadata: FieldMetadata | None = None
    display_name: str | None = None
    unstructured_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    honorific_prefix: str | None = None
    honorific_suffix: str | None = None


class Value(_Told):
    """A nickname, an e-mail address, a number, a note, an address on the web."""

    metadata: FieldMetadata | None = None
    value: str | None = None
    type: str | None = None


class PostalAddress(_Told):
    """A postal address."""

    type: str | None = None
    formatted_value: str | None = None
    po_box: str | None = None
    street_address: str | None = None
    extended_address: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    country_code: str | None = None


class Organization(_Told):
    """Where someone works, as what."""

    name: str | None = None
    department: str | None = None
    title: str | None = None


class Date(_Told):
    """A date; a part that is not known is 0 or not there."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Birthday(_Told):
    """A date of birth, or what was typed for one."""

    metadata: FieldMetadata | None = None
    date: Date | None = None
    text: str | None = None


class GroupMembership(_Told):
    """The label of a membership."""

    contact_group_resource_name: str | None = None


class Membership(_Told):
    """That a contact has a label."""

    contact_group_membership: GroupMembership | None = None


class PersonMetadata(_Told):
    """Whether the contact is one no more."""

    deleted: bool | None = None


class Person(_Told):
    """One contact."""

    resource_name: str | None = None
    metadata: PersonMetadata | None = None
    names: list[Name] | None = None
    nicknames: list[Value] | None = None
    email_addresses: list[Value] | None = None
    phone_numbers: list[Value] | None = None
    addresses: list[PostalAddress] | None = None
    organizations: list[Organization] | None = None
    birthdays: list[Birthday] | None = None
    memberships: list[Membership] | None = None
    biographies: list[Value] | None = None
    urls: list[Value] | None = None


class ContactGroup(_Told):
    """One label, the user's own or of the system."""

    resource_name: str | None = None
    group_type: str | None = None
    name: str | None = None
    formatted_name: str | None = None
    member_count: int | None = None
