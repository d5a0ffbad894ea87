"""The frame of `manage.py bench`: a scratch database, methods in shuffled rounds, ratios against targets."""
