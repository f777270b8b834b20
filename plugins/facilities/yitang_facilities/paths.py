"""Places of the facilities plugin below the run-time folder ``var/``."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """Name every file the plugin's processes share."""

    var: Path

    @property
    def telemetry(self) -> Path:
        """Return the folder of the telemetry store."""
        return self.var / "telemetry"

    @property
    def mqtt(self) -> Path:
        """Return the folder of the broker."""
        return self.var / "mqtt"

    @property
    def passwords(self) -> Path:
        """Return the broker's file of hashed passwords."""
        return self.mqtt / "passwords"

    @property
    def registry(self) -> Path:
        """Return the snapshot of the device register that ingest reads."""
        return self.var / "facilities" / "registry.json"

    def secret(self, account: str) -> Path:
        """Return the file with the clear password of one of our own processes."""
        return self.mqtt / f"{account}.secret"
