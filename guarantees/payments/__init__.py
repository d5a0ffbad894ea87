"""Adapters to whoever moves the money: what we ask of it, one real provider, and a simulator on the same wire."""
