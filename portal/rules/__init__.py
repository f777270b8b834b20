"""Law and arithmetic as pure functions over plain data (规则)."""
