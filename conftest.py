"""Fixtures of all tests."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.services", "tests.clause_report"]

# Compiling the templates costs ten times what the tests of pages cost, and every site would do it
# again. Compiled ones are named by their content, so that they are kept for the next run too.
compiled = Path(__file__).parent / ".venv" / "templates"
compiled.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("CHAMELEON_CACHE", str(compiled))

# No test fails for being slow; how fast the product is, the benchmarks say.
settings.register_profile("yitang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yitang")
