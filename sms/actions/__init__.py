"""Business events of the messaging app: one function each, one transaction, with its audit row."""
