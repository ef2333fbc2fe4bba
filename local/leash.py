"""Runs a module as a program that ends, with all it started, when whoever holds its standard input is gone.

Run as `python leash.py MODULE ARGUMENT...` in a process group of its own; uses the standard library only, because it
runs in any virtual environment.
"""

import os
import runpy
import signal
import socketserver
import sys
import threading


def end_with_holder() -> None:
    """Wait for the end of standard input, then end the whole process group."""
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Run the module named by the first argument as `python -m` would."""
    if os.getpgrp() != os.getpid():
        raise SystemExit("leash.py needs a process group of its own")
    # Small answers in two writes wait 40 ms for an acknowledgement unless Nagle's algorithm is off.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    threading.Thread(target=end_with_holder, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
