"""The story of the demo site (演示): a whole owners' meeting under a moved clock, and its town."""
