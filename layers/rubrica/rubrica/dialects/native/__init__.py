"""Rubrica's own REST API under /v1: how a request is read and what an answer looks like."""
