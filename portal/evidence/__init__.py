"""Evidence of a vote (证据): log, seals, promises, vouchers, packages and their verification.

The way of a meeting: ``seal.server_sealing``; ``log.MerkleLog`` with ``records.settings_record``
and ``records.roll_commitment``; for each cast ``seal.seal_ballot`` and ``promise.promise``; in the
sequencer ``MerkleLog.append(leaf, keep=False)`` and ``head``, then ``voucher.with_proof``; at the
close ``seal.releases_record``, ``records.keys_released``, ``seal.open_ballot``,
``records.result_record``, ``head`` and ``package.build_package``. Formats: docs/package-format.md.
"""
