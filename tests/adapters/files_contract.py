"""What every store of files promises."""

import random
from dataclasses import replace

import pytest

from rubrica.domain.credential import File, unpack
from rubrica.domain.imports import ImportId
from rubrica.errors import PageUnreadable
from rubrica.ports import Files
from tests.fakes import any_import

LARGE = random.Random(7).randbytes(1_500_000)
"""What does not compress."""


class FilesContract:
    """Subclasses give a fixture `files`."""

    @pytest.mark.parametrize("content", [b"x", b"", b"BEGIN:VCARD\r\n" * 100_000, bytes(range(256)), LARGE])
    def test_a_file_is_read_as_it_was_kept(self, files: Files, content: bytes) -> None:
        assert files.read(files.keep(any_import(), content)) == content

    def test_what_opens_a_file_survives_being_packed(self, files: Files) -> None:
        kept = unpack(files.keep(any_import(), b"content").pack())

        assert isinstance(kept, File)
        assert files.read(kept) == b"content"

    def test_of_two_files_of_one_import_each_stays_what_it_is(self, files: Files) -> None:
        one, other = files.keep(any_import(), b"one" * 9), files.keep(any_import(), LARGE)

        assert (files.read(one), files.read(other)) == (b"one" * 9, LARGE)

    def test_another_import_or_key_opens_nothing(self, files: Files) -> None:
        file = files.keep(any_import(), b"content")
        foreign = files.keep(any_import(id=ImportId(7)), b"content of another")

        for wrong in (replace(file, import_id=7), replace(file, key=foreign.key), File(9, 1, foreign.key)):
            with pytest.raises(PageUnreadable):
                files.read(wrong)
