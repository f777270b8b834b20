"""Facilities plugin (设施设备): devices, readings, alarms, work orders."""
