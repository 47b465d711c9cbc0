"""Long work, written to a ledger before it begins."""
