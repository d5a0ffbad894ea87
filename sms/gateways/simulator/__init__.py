"""A stand-in for an SMS gateway: takes messages, judges them, reports on them, and misbehaves on request.

It shares no code with the adapters it tests and needs no Django. Start: `python -m sms.gateways.simulator`.
"""
