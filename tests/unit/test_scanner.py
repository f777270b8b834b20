"""The virus scanner: the protocol of clamd, its verdicts, and what happens when it is silent."""

from __future__ import annotations

import pytest

from portal.errors import ConfigurationError
from portal.scanner import CHUNK, Clamd, ScannerError
from tests.unit.clamd_server import EICAR, clamd


@pytest.mark.clause("v5.0.0-5.4.3")
@pytest.mark.parametrize("unix", [False, True])
def test_infected_data_is_named_and_clean_data_passes_whole(tmp_path, unix):
    with clamd(str(tmp_path / "clamd.sock") if unix else "") as (address, seen):
        scanner = Clamd.named(address)
        data = bytes(range(256)) * (CHUNK // 64)
        assert scanner.scan(data) == ""
        assert seen == [data]
        assert scanner.scan(b"MZ" + EICAR) == "Eicar-Test-Signature"
        assert scanner.scan(b"") == ""
        assert scanner.version().startswith("ClamAV")


def test_silence_an_error_and_a_cut_answer_are_no_verdict(tmp_path):
    with clamd() as (address, _):
        pass
    with pytest.raises(ScannerError):
        Clamd.named(address).scan(b"data")
    for answer in (b"INSTREAM size limit exceeded. ERROR", b"stream: ", b"OK"):
        with clamd(answer=answer) as (address, _), pytest.raises(ScannerError):
            Clamd.named(address).scan(b"data")
    with pytest.raises(ScannerError):
        Clamd.named(f"unix:{tmp_path}/nothing").scan(b"data")


@pytest.mark.parametrize("text", ["localhost:3310", "tcp:localhost", "unix:relative", "tcp::1"])
def test_address_that_cannot_be_one_stops_the_start(text):
    with pytest.raises(ConfigurationError, match=r"yitang\.clamd"):
        Clamd.named(text)
