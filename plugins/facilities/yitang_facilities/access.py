"""Topic rights (主题权限): the one table both brokers enforce.

A device writes only below its own code and reads only its commands. The community part of its
topic is free here: ingest checks it against the register.
"""

INGEST = "ingest"

DEVICE_WRITES = tuple(f"c/+/d/{{user}}/{channel}" for channel in ("t", "e", "s", "rsp"))
DEVICE_READS = ("c/+/d/{user}/cmd",)
INGEST_WRITES = ("c/+/d/+/cmd",)
INGEST_READS = tuple(f"c/+/d/+/{channel}" for channel in ("t", "e", "s", "rsp"))


def may(user: str, topic: str, *, write: bool) -> bool:
    """Tell whether a user may write (or read, or subscribe to) a topic."""
    if user == INGEST:
        allowed = INGEST_WRITES if write else INGEST_READS
    else:
        allowed = DEVICE_WRITES if write else DEVICE_READS
    return any(_covers(pattern.format(user=user), topic) for pattern in allowed)


def mosquitto_acl() -> str:
    """Return the table as a Mosquitto ACL file."""
    lines = [f"user {INGEST}"]
    lines += [f"topic write {pattern}" for pattern in INGEST_WRITES]
    lines += [f"topic read {pattern}" for pattern in INGEST_READS]
    lines += [f"pattern write {pattern.format(user='%u')}" for pattern in DEVICE_WRITES]
    lines += [f"pattern read {pattern.format(user='%u')}" for pattern in DEVICE_READS]
    return "\n".join(lines) + "\n"


def _covers(pattern: str, topic: str) -> bool:
    wanted, asked = pattern.split("/"), topic.split("/")
    return len(wanted) == len(asked) and all(
        want == ask or (want == "+" and ask != "#") for want, ask in zip(wanted, asked, strict=True)
    )
