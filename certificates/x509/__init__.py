"""Reading and verifying bank certificates. `cryptography` and values only: no rows, no clock, no settings."""
