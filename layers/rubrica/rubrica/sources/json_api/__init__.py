"""What the sources share that are asked for pages of JSON with a token: People and Graph."""
