"""Printed papers of a meeting (会议文书): filing sheet, minutes, result notice, guide, poster."""
