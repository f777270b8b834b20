"""Certificate of a voting right (表决权证明): an owner's entries of the roll with their proof."""

from collections.abc import Collection, Sequence

from portal.evidence.canonical import HASHES, EvidenceError, Record, canonical
from portal.evidence.keys import Signer, public_record, sign_record
from portal.evidence.log import MerkleLog
from portal.rules import merkle


def certificate(
    signer: Signer,
    log: MerkleLog,
    leaf: int,
    roll: Sequence[Record],
    units: Collection[str],
    *,
    title: str,
    community: str,
) -> Record:
    """Return the signed entries of some units with paths to roll and log.

    ``leaf`` is the index of the roll commitment in the log, ``roll`` all entries in the order of
    the commitment. Raises EvidenceError before a head covers the commitment.
    """
    kept, heads = log.leaf(leaf), log.heads(last=1)
    if kept is None or not heads or heads[0]["size"] <= leaf:
        msg = "no signed head covers the roll yet"
        raise EvidenceError(msg)
    leaves = [canonical(entry) for entry in roll]
    hashed = {
        name: [merkle.leaf_hash(hash_, one) for one in leaves] for name, hash_ in HASHES.items()
    }
    entries = []
    for index, entry in enumerate(roll):
        if entry["unit"] in units:
            paths = {
                name: [step.hex() for step in merkle.inclusion_path(hash_, hashed[name], index)]
                for name, hash_ in HASHES.items()
            }
            entries.append({"entry": entry, "index": index, **paths})
    head = heads[0]
    record = {
        "type": "voting-right",
        "v": 1,
        "meeting": log.log_id,
        "title": title,
        "community": community,
        "log": log.log_id,
        "commitment": kept.decode("utf-8"),
        "inclusion": {"index": leaf, **log.inclusion(leaf, head["size"])},
        "head": head,
        "entries": entries,
        "keys": [public_record(signer)],
    }
    return sign_record(signer, record)
