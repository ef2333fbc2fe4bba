"""Start the stand-in from Python."""

from functools import partial
from typing import Final

from local.sandbox.stand_in.launch import running_stand_in

running_graph: Final = partial(running_stand_in, "local.sandbox.microsoft_graph")
"""`running_stand_in` for the stand-in of Microsoft Graph."""
