"""Business events of the bank certificate: one function each, one transaction, with its audit row."""
