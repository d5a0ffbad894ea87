"""Sample data of the demo: invented companies with numbers nobody can have, and a living portfolio."""
