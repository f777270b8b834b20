"""MQTT client (MQTT 客户端): the connection of ingest, single-threaded on purpose.

Receiving, committing and acknowledging happen in one thread, so an acknowledgement can never
reach another connection than the one its message came by.
"""

import logging
import socket
from collections.abc import Sequence

from paho.mqtt.client import (
    MQTT_ERR_SUCCESS,
    CallbackAPIVersion,
    Client,
    ConnectFlags,
    MQTTMessage,
    MQTTv5,
    MQTTv311,
)
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)

SESSION_SECONDS = 7 * 24 * 3600
RECEIVE_MAXIMUM = 1000
# amqtt meets an MQTT 5 greeting with silence; a broker that knows it answers within milliseconds.
ANSWER_SECONDS = {MQTTv5: 1.5, MQTTv311: 5.0}


class RefusedError(ConnectionError):
    """The broker answered and does not let us in; trying again will not help soon."""


class Connection:
    """Hold one durable MQTT session that asks for its messages and confirms them itself."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        client_id: str,
        login: tuple[str, str],
        topics: Sequence[str],
    ) -> None:
        self._address = host, port
        self._client_id = client_id
        self._login = login
        self._topics = topics
        self._received: list[MQTTMessage] = []
        self._answer: ReasonCode | None = None
        self._unconfirmed: set[int | None] = set()
        self._client: Client | None = None
        self.protocol = MQTTv5

    @property
    def connected(self) -> bool:
        """Tell whether the broker has let us in."""
        return (
            self._client is not None
            and self._client.is_connected()
            and self._answer is not None
            and not self._answer.is_failure
        )

    def connect(self) -> None:
        """Connect with MQTT 5, or 3.1.1 where the broker knows no better.

        Raises OSError when there is no broker, RefusedError when it refuses us.
        """
        self.close()
        for protocol in (MQTTv5, MQTTv311):
            answer = self._try(protocol)
            if self.connected:
                self.protocol = protocol
                # Not waited for: amqtt first wants the acknowledgement of what it kept for us.
                self._unconfirmed = {self._client.subscribe(t, qos=1)[1] for t in self._topics}
                return
            self.close()
            unsupported = answer is None or answer.getName() == "Unsupported protocol version"
            if not unsupported:
                raise RefusedError(f"broker refused ingest: {answer}")
        raise RefusedError("broker closed the connection without an answer")

    def receive(self, seconds: float) -> list[MQTTMessage]:
        """Wait at most so long and return what arrived; raise ConnectionError when cut off."""
        code = self._client.loop(timeout=max(seconds, 0.0))
        if code != MQTT_ERR_SUCCESS:
            raise ConnectionError(f"connection to the broker lost ({code})")
        received, self._received = self._received, []
        return received

    def acknowledge(self, messages: list[MQTTMessage]) -> None:
        """Confirm messages whose effects are committed."""
        for message in messages:
            if message.qos > 0:
                self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message with at-least-once delivery."""
        self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        """End the connection; the session stays with the broker."""
        if self._client is not None:
            self._client.disconnect()
            self._client = None
        self._received = []
        self._answer = None

    def _try(self, protocol: int) -> ReasonCode | None:
        session: dict = {}
        connection: dict = {}
        if protocol == MQTTv5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_SECONDS
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            # Mosquitto forgets on restart every session that was opened with a clean start.
            connection = {"clean_start": False, "properties": properties}
        else:
            session = {"clean_session": False}
        client = Client(
            CallbackAPIVersion.VERSION2,
            self._client_id,
            protocol=protocol,
            manual_ack=True,
            **session,
        )
        client.username_pw_set(*self._login)
        client.on_socket_open = no_delay
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        self._client = client
        client.connect(*self._address, keepalive=30, **connection)
        waited = 0.0
        while self._answer is None and waited < ANSWER_SECONDS[protocol]:
            if client.loop(timeout=0.1) != MQTT_ERR_SUCCESS:
                break
            waited += 0.1
        return self._answer

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        answer: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._answer = answer

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        number: int,
        answers: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(answer) for answer in answers if answer.is_failure]
        if refused:
            log.error("the broker refuses a topic: %s", ", ".join(refused))
        self._unconfirmed.discard(number)
        if not self._unconfirmed:
            # From here on the broker keeps what comes in for us.
            log.info("subscribed")

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self._received.append(message)


def no_delay(_client: Client, _userdata: object, stream: socket.socket) -> None:
    """Switch off Nagle's algorithm, which costs a command 44 ms on either side."""
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
