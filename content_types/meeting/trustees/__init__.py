"""Trustees (选票密钥托管人): persons who together, and only together, can open the ballots."""
