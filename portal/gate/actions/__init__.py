"""What opens and closes the gate."""
