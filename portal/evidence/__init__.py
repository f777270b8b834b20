"""Evidence of a vote (证据): log, seals, promises, vouchers, packages and their verification.

The way of a meeting: ``seal.create_tally_key`` → ``log.MerkleLog`` with ``records.settings_record``
and ``records.roll_commitment`` → per cast ``seal.seal_ballot`` and ``promise.promise`` → sequencer
``MerkleLog.append(…, keep=False)`` and ``head`` → ``voucher.with_proof`` → at the close
``seal.release_tally_key``, ``records.key_released``, ``seal.open_ballot`` → ``records.result_record``
→ ``head`` → ``package.build_package``. Formats: docs/package-format.md.
"""
