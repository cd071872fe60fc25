"""Properties are tried with the same examples on every machine, however slow it is."""

from hypothesis import settings

settings.register_profile("fawen", derandomize=True, deadline=None)
settings.load_profile("fawen")
