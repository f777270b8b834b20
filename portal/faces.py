"""Face recognition (人脸核验): a service of others; only its verdict and number are kept.

Off or absent unless a provider is configured: ``yitang.identity.face`` is empty (methods that
need a face are not possible on line; the check on site remains), ``off`` (such methods run
without the face, which every record says) or ``aliyun``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from portal import channels, clock
from portal.channels import DeliveryError
from portal.errors import ConfigurationError
from portal.outgoing import Outgoing

ABSENT, OFF = "", "off"


class FaceError(Exception):
    """The service gave no verdict; the person may try again or be checked on site."""


@dataclass(frozen=True, slots=True)
class Started:
    """A check that the person now does on the provider's page."""

    transaction: str
    url: str


class FaceService(Protocol):
    """Compares a living face with the official picture of a document."""

    def begin(self, name: str, id_number: str, reference: str, return_url: str) -> Started:
        """Open a check; raises FaceError."""

    def passed(self, transaction: str) -> bool:
        """Return the verdict of a check; raises FaceError while there is none."""


@dataclass(frozen=True, slots=True)
class AliyunFace:
    """Aliyun financial-grade real-person check: API Cloudauth of 2019-03-07."""

    outgoing: Outgoing
    url: str
    key_id: str
    key_secret: str
    scene: str

    def begin(self, name: str, id_number: str, reference: str, return_url: str) -> Started:
        """Open a check by InitFaceVerify; the person goes on at CertifyUrl."""
        found = self._call(
            "InitFaceVerify",
            {
                "SceneId": self.scene,
                "OuterOrderNo": reference,
                "ProductCode": "ID_PRO",
                "CertType": "IDENTITY_CARD",
                "CertName": name,
                "CertNo": id_number,
                "ReturnUrl": return_url,
                "MetaInfo": json.dumps({"deviceType": "web"}),
            },
        )
        try:
            return Started(str(found["CertifyId"]), str(found["CertifyUrl"]))
        except KeyError as error:
            raise FaceError("bad_answer") from error

    def passed(self, transaction: str) -> bool:
        """Ask for the verdict by DescribeFaceVerify."""
        found = self._call("DescribeFaceVerify", {"SceneId": self.scene, "CertifyId": transaction})
        verdict = found.get("Passed")
        if verdict not in ("T", "F"):
            raise FaceError("no_verdict")
        return bool(verdict == "T")

    def _call(self, action: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        # Name and number go in the signed query as the API wants them, over TLS only.
        host = urlsplit(self.url).netloc
        headers = channels.sign_acs3(
            self.key_id, self.key_secret, host, action, "2019-03-07", query, clock.now()
        )
        try:
            answer = channels.call(
                self.outgoing, f"{self.url}?{channels.canonical_query(query)}", b"", headers
            )
            result = json.loads(answer.body)
            if str(result["Code"]) != "200":
                raise FaceError(str(result["Code"])[:60])
            return dict(result["ResultObject"])
        except DeliveryError as error:
            raise FaceError(error.reason) from error
        except (ValueError, KeyError, TypeError) as error:
            raise FaceError("bad_answer") from error


def includeme(config: Any) -> None:
    """Read how faces are checked."""
    settings = config.registry.settings
    mode = str(settings.get("yitang.identity.face", "")).strip()
    if mode not in (ABSENT, OFF, "aliyun"):
        raise ConfigurationError(f"yitang.identity.face {mode!r} is not empty, off or aliyun.")
    config.registry.face_off = mode == OFF
    config.registry.face_service = None
    if mode == "aliyun":
        config.registry.face_service = AliyunFace(
            Outgoing.from_settings(settings),
            settings.get("yitang.face.url", "https://cloudauth.aliyuncs.com/"),
            channels.needed(settings, "yitang.face.key_id"),
            channels.secret(settings, "yitang.face.key_file"),
            channels.needed(settings, "yitang.face.scene"),
        )
