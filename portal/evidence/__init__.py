"""Evidence of a vote (证据): log, seals, promises, vouchers, packages and their verification."""
