"""The deployed stack on one machine: the same template, handlers and state machine, without an AWS account."""
