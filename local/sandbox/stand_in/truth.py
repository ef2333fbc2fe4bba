"""What an import of an invented account must bring, and what is wrong with one that does not."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a contact; None where a reader may decide for itself.

    `birthday` is (year or None, month, day), () for none. `primary_email` is "" where no address is preferred.
    """

    names: tuple[str, str, str] | None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    birthday: tuple[int | None, int, int] | tuple[()] | None = ()
    groups: frozenset[str] = frozenset()
    note: str = ""
    primary_email: str = ""


def faults(
    truths: Mapping[str, Truth],
    contacts: Sequence[Mapping[str, Any]],
    ledger: Sequence[Mapping[str, Any]],
    *,
    bare: Collection[str] = (),
    ignored_groups: Collection[str] = (),
    folder: str = "",
) -> Iterator[str]:
    """What is wrong with the contacts (as the native API returns them), one text each.

    `truths` and `bare` are by `uid`; the `bare` have nothing to keep and may be in the ledger as rejected instead.
    Membership in `ignored_groups` does not matter. The place of a contact is its uid, which may be within `folder`.
    """
    arrived = {contact["uid"]: contact for contact in contacts}
    rejected = {entry["place"].removeprefix(folder) for entry in ledger if entry["outcome"] == "rejected"}
    if len(arrived) != len(contacts) or len({contact["id"] for contact in contacts}) != len(contacts):
        yield "a contact came twice"
    for uid, truth in truths.items():
        if uid not in arrived:
            yield f"{uid} did not arrive"
        elif different := difference(truth, arrived[uid], ignored_groups, folder):
            yield f"{uid} arrived with another {different}"
    yield from (f"{uid} got lost" for uid in bare if uid not in arrived and uid not in rejected)
    yield from (f"{uid} is nobody of the account" for uid in sorted(arrived.keys() - truths.keys() - set(bare)))
    yield from (f"{place} is rejected in the ledger" for place in sorted(rejected - set(bare)))


def difference(truth: Truth, contact: Mapping[str, Any], ignored_groups: Collection[str], folder: str) -> str:
    """The first field in which a contact is not what the account says; "" when there is none."""
    names = contact["full_name"], contact["first_name"], contact["last_name"]
    birthday = contact["birthday"]
    came = (birthday["year"], birthday["month"], birthday["day"]) if birthday else ()
    primary = [email["address"] for email in contact["emails"] if email["primary"]]
    pairs = {
        "name": (truth.names, names if truth.names is not None else None),
        "e-mail address": (sorted(truth.emails), sorted(email["address"] for email in contact["emails"])),
        "preferred e-mail address": ([truth.primary_email], primary if truth.primary_email else [""]),
        "phone number": (sorted(truth.phones), sorted(phone["number"] for phone in contact["phones"])),
        "birthday": (truth.birthday, came if truth.birthday is not None else None),
        "group": (set(truth.groups), set(contact["groups"]) - set(ignored_groups)),
        "place": (contact["uid"], contact["place"].removeprefix(folder)),
        "note": (truth.note, contact["note"]),
    }
    return next((field for field, (told, got) in pairs.items() if told != got), "")
