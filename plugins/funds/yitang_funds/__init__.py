"""Maintenance fund of a community (住宅专项维修资金), a plugin of the portal."""
