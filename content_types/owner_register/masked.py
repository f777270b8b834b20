"""Which cells of a register are personal, and their masked forms (脱敏)."""

from __future__ import annotations

from portal.rules.masking import mask_name, mask_phone, mask_resident_id

_MASKS = {"owner_name": mask_name, "id_number": mask_resident_id, "phone": mask_phone}


def mask(column: str, value: str) -> str:
    """Mask the cell of a personal column; others are returned as they are."""
    masker = _MASKS.get(column)
    return masker(value) if masker and value.strip() else value
