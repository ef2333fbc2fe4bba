"""The CloudSponge Contacts API, as far as it is spoken: the codes of what can end an import."""
