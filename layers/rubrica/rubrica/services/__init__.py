"""The use cases, one function each; they decide and leave talking to the ports."""
