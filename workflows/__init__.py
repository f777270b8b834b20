"""Workflows and jurisdiction profiles: data only."""
