"""Pages of no single type (页面)."""
