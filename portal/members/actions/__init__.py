"""Business events of members and accounts: one function each, one transaction, with its audit row."""
