"""Rules of the bank certificate as pure functions."""
