"""Business events of the helpdesk: one function each, one transaction, with its audit row."""
