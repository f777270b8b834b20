"""Parts of the offline verifier (验证程序); standard library only, joined by ``bundle``."""
