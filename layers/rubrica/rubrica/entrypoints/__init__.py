"""The edges: HTTP requests and workflow tasks become service calls, errors become answers."""
