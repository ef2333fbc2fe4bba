"""A source that another service reads for us: one that speaks the CloudSponge Contacts API."""
