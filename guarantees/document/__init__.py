"""The guarantee document (보증서): its text, its print, its seal, its check and its keeping.

Values only: no rows, no clock, no settings. Those who call hand in keys, folders and instants.
"""
