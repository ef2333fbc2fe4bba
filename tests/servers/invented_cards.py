"""Cards of invented people for the real servers: file names that need care, several scripts, a group."""

from collections.abc import Iterator

_NAMES = ("Ada Example", "Zoë Müller", "王小明", "Ольга Иванова", "Søren Ångström", "يوسف مثال", "Ἀθηνᾶ Παράδειγμα")
_FILES = ("{}.vcf", "card {}.vcf", "user@{}.vcf", "naïve-{}.vcf", "plus+{}.vcf", "eq={}.vcf", "50%25-{}.vcf")
GROUPS = 2


def invented_cards(count: int) -> dict[str, str]:
    """File name to vCard text of `count` cards, the last two of them groups."""
    people = dict(_people(count - GROUPS))
    return people | dict(_groups())


def uid(number: int) -> str:
    """The UID of the person with this number."""
    return f"person-{number}@example.org"


def _people(count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        name = _NAMES[number % len(_NAMES)]
        file = _FILES[number % len(_FILES)].format(f"{number:05}")
        lines = [
            "BEGIN:VCARD",
            "VERSION:3.0",
            f"UID:{uid(number)}",
            f"FN:{name} {number}",
            f"N:{name.split()[-1]};{name.split()[0]};;;",
            f"EMAIL;TYPE=INTERNET,HOME:person{number}@example.org",
            f"item1.TEL:+1 555 {number:07}",
            "item1.X-ABLabel:Boat",
            "NOTE:one\\, two & <three>",
            "END:VCARD",
        ]
        yield file, "\r\n".join(lines) + "\r\n"


def _groups() -> Iterator[tuple[str, str]]:
    for number in range(GROUPS):
        yield (
            f"group-{number}.vcf",
            (
                f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:group-{number}@example.org\r\nFN:Group {number}\r\nN:Group;;;;\r\n"
                f"X-ADDRESSBOOKSERVER-KIND:group\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{uid(number)}\r\nEND:VCARD\r\n"
            ),
        )
