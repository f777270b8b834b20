"""Assisted terminal (辅助投票终端): owners vote on a tablet that helpers bring (BJ-G9)."""
