"""Google contacts, by the People API v1."""
