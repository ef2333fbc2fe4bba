"""The two tables: imports, which live for hours, and accounts, which stay."""
