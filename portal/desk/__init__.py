"""The staff's desk: Django's admin with branch scope, roles, decision buttons and today's work."""
