"""Where contacts come from, one module a protocol."""
