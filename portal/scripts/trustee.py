"""`yitang trustee new|open|release`: the key of a trustee, as the tool of his page makes it."""

from portal.evidence.trustee import configure, run

__all__ = ["configure", "run"]
