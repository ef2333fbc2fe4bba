"""Start the stand-in from Python."""

from functools import partial
from typing import Final

from local.sandbox.stand_in.launch import running_stand_in

running_people: Final = partial(running_stand_in, "local.sandbox.google_people")
"""`running_stand_in` for the stand-in of the People API."""
