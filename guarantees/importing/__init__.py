"""Taking over the guarantees of the cooperative's older books from a CSV file (S22)."""
