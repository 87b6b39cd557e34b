import os

from hypothesis import settings

# Times on shared machines mean nothing; examples are the same in every run of CI.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
