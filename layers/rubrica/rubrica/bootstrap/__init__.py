"""Puts each function together, one module a function: the only place that knows all the adapters.

A module imports only what its function needs, for imports are start-up time. Each has `compose`, which a handler
calls at its first request and whose answer is kept: clients are costly to make, and nothing happens at import.
"""
