"""Measurements: processor seconds, with peers in the same run. `make bench` prints them all."""
