"""The CloudSponge Contacts API: paths and parameters in, commands out; views in, JSON or XML out."""
