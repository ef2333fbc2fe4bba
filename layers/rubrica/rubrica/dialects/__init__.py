"""How a request and an answer look on the wire; a dialect knows nothing of storage."""
