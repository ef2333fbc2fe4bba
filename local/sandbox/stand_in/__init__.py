"""What the stand-ins of the contact APIs share: the server, the check of tokens, faults on request, the control."""
