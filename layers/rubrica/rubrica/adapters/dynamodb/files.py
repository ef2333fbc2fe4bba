"""Files that users gave, in the ImportsTable: compressed, and in sealed parts, each an item beside its import's row."""

import hashlib
import os
import zlib
from contextlib import suppress
from typing import Final

from rubrica.adapters.aes import OVERHEAD, FileSealer
from rubrica.adapters.dynamodb import rows
from rubrica.adapters.dynamodb.calls import ConditionFailed, seconds
from rubrica.adapters.dynamodb.table import ABSENT, PARTITION, SORT, Table
from rubrica.domain.credential import File
from rubrica.domain.imports import Import, ImportId
from rubrica.errors import PageUnreadable

LARGEST_PART: Final = 350_000
"""Bytes of one sealed part; an item of DynamoDB's holds at most 400 KB with its keys."""

LARGEST_PLAIN: Final = 64_000_000
"""Bytes of a file opened; nothing we take comes near it, so more is not ours."""

_KIND: Final = "file"
_KEY: Final = 32


class DynamoFiles:
    """Implements ports.Files.

    The key is drawn for the file and is stored by whoever keeps the `File` only. Where two files come to one import at
    once, they lie under different keys beside each other until the import is purged, and one of them can be opened.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, imp: Import, content: bytes) -> File:
        """See ports.Files."""
        key, packed, room = os.urandom(_KEY), zlib.compress(content), LARGEST_PART - OVERHEAD
        parts = [packed[start : start + room] for start in range(0, len(packed), room)]
        sealer = FileSealer(imp.id, key)
        for number, part in enumerate(parts, 1):
            self._put(imp, _sort(key, number), sealer.seal(_KIND, number, part))
        return File(imp.id, len(parts), key.hex())

    def read(self, file: File) -> bytes:
        """See ports.Files."""
        key = bytes.fromhex(file.key)
        sealer = FileSealer(ImportId(file.import_id), key)
        where = {
            ":pk": rows.key(ImportId(file.import_id))[PARTITION],
            ":first": _sort(key, 1),
            ":last": _sort(key, file.parts),
        }
        condition = f"{PARTITION} = :pk AND {SORT} BETWEEN :first AND :last"
        found = {item[SORT]: item["body"] for item in self._table.query(condition, where, ConsistentRead=True)}
        try:
            bodies = [found[_sort(key, number)] for number in range(1, file.parts + 1)]
        except KeyError:
            raise PageUnreadable from None
        return _unpacked(b"".join(sealer.open(_KIND, number, body) for number, body in enumerate(bodies, 1)))

    def _put(self, imp: Import, sort: str, body: bytes) -> None:
        item = {**rows.key(imp.id, sort), "body": body, "expires_at": seconds(imp.expires_at)}
        # The key is in the name: what stands there already is this very part, written by a call whose answer was lost.
        with suppress(ConditionFailed):
            self._table.put(item, ABSENT)


def _sort(key: bytes, number: int) -> str:
    return f"{_KIND}#{hashlib.sha256(key).hexdigest()[:12]}#{number:05}"


def _unpacked(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(packed, LARGEST_PLAIN)
    except zlib.error:
        raise PageUnreadable from None
    if not inflate.eof:
        raise PageUnreadable
    return content
