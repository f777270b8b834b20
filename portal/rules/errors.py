"""Refusals and data faults of the rules package (规则错误)."""


class RuleError(ValueError):
    """Refuse an input or a step, with a message id, the clause that forbids it and its values."""

    def __init__(
        self, message_id: str, *, clause: str = "", field: str = "", **values: object
    ) -> None:
        self.message_id = message_id
        self.clause = clause
        self.field = field
        self.values = values
        details = ", ".join(f"{name}={value}" for name, value in sorted(values.items()))
        parts = [message_id, f"[{clause}]" if clause else "", field, details]
        super().__init__(" ".join(part for part in parts if part))


class ProfileError(ValueError):
    """Report a rule file that is incomplete or not understood, naming the key."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}")
