"""Address books over CardDAV (RFC 6352): `source.CardDav`. Empty, so that a part can be had without the whole."""
