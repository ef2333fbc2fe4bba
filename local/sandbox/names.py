"""The words invented people are made of."""

from typing import Final, NamedTuple


class Names(NamedTuple):
    """First names, last names and cities of one script."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    cities: tuple[str, ...]


LATIN: Final = Names(
    ("Ada", "Bruno", "Chloe", "Dario", "Edith", "Felix", "Greta", "Hugo", "Irene", "Jonas", "Karla", "Leo", "Mona"),
    ("Abbott", "Bergmann", "Castro", "Dubois", "Ekman", "Ferrara", "Gomez", "Hale", "Ivers", "O'Neil", "von Holt"),
    ("Springfield", "Newhaven", "Oldtown", "Brightwater"),
)

OTHER_SCRIPTS: Final = (
    Names(("Мария", "Иван", "Ольга", "Пётр"), ("Соколова", "Лебедев", "Зайцева"), ("Новгород", "Казань")),
    Names(("伟", "芳", "娜", "秀英"), ("王", "李", "张", "欧阳"), ("北京", "上海")),
    Names(("さくら", "蓮", "陽菜"), ("佐藤", "鈴木", "高橋"), ("東京都", "大阪")),
    Names(("Ελένη", "Γιώργος", "Μαρία"), ("Παππάς", "Νικολάου"), ("Αθήνα", "Πάτρα")),
    Names(("مريم", "يوسف", "ليلى"), ("حداد", "منصور"), ("القاهرة", "بيروت")),
    Names(("דוד", "נועה"), ("כהן", "לוי"), ("חיפה", "ירושלים")),
    Names(("Zoë", "Jürgen", "Søren", "Łukasz"), ("Müller", "Šimić", "Åberg", "Nuñez"), ("København", "Łódź")),
)

COMPANIES: Final = (
    "Example Works",
    "Acme, Inc.",
    "Müller & Söhne",
    "Northwind Samples; Trading",
    "株式会社サンプル",
)

STREETS: Final = ("Main Street", "Elm Road, Apt. 4", "Rue de l'Exemple", "Beispielstraße")

NOTES: Final = (
    "Met at the conference; will call back next week, or the week after if the train strike goes on.",
    "Prefers e-mail = no calls.",
    r"Files are in archive\march on the shared drive.",
    "Allergic to nuts.\nBirthday present: a book.",
    "Спасибо за помощь с переездом, обязательно пригласить на ужин.",
    "Grüße an die ganze Familie 🎉 nicht vergessen!",
)
