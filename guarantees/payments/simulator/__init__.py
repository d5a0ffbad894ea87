"""A stand-in for the provider and the banks behind it: the same wire, and a page where a visitor deposits."""
