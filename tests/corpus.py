"""Where real files of other projects are, for the tests that read them in place; they are no part of this project."""

import os
from pathlib import Path

CORPUS = Path(os.environ.get("RUBRICA_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus")
"""The folder that RUBRICA_CORPUS names, else `shared/corpus` beside the checkout; it may be absent."""

ABSENT = "the collection of real files is not at hand (RUBRICA_CORPUS)"
"""Why a test is skipped without it."""
