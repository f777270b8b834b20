"""How steps and states look (状态外观): a table of names, so that no template decides."""

# Steps that undo or refuse are never the button that stands out.
BACKWARD = frozenset(
    (
        "amend",
        "return",
        "retract",
        "refuse",
        "reject",
        "end",
        "withdraw",
        "cancel",
        "discard",
        "suspend",
        "exclude",
        "reopen",
    )
)
# How a state looks; what is not named here looks like waiting.
STATE_KINDS = {
    "draft": "draft",
    "submitted": "review",
    "result_review": "review",
    "approved": "done",
    "noticed": "open",
    "voting": "open",
    "published": "open",
    "resolved": "done",
    "refused": "refused",
    "returned": "refused",
    "withdrawn": "closed",
    "ended": "closed",
    "retracted": "closed",
    "archived": "closed",
    "filed": "done",
    "accepted": "open",
    "chosen": "done",
    "declined": "refused",
    "cancelled": "closed",
    "granted": "done",
    "answered": "done",
    "kept": "done",
    "excluded": "refused",
    "lapsed": "closed",
    "suspended": "closed",
    "taken": "open",
    "confirmed": "done",
}
