"""Property tests here are fast, yet a busy machine must not fail them by the clock."""

from hypothesis import settings

settings.register_profile("rules", deadline=None, database=None)
settings.load_profile("rules")
