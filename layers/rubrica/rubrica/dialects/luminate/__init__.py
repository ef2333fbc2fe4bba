"""The Luminate Online address-book API, as far as it is spoken: what a job's events tell its user."""
