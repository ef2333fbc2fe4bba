"""What an import, a contact and a ledger are: pure values and rules, no I/O and no clock."""
