"""What the messages and the mileage account cost."""
