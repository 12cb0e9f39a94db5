"""One end of the link: a socket with a reading and a writing thread.

Neither :meth:`Channel.put` nor :meth:`Channel.receive` ever waits for the other
side. What the other side does not take in waits in the outbox of this one, merged;
of what came in nothing is merged, but when much of it waits no more is read.
It ends by ``shutdown()``, which wakes both threads on both sides.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from dqmconsole.link.codec import UNSENDABLE, LinkError, decoder, encoder
from dqmconsole.link.pending import Pending
from dqmconsole.model.message import Receipt

if TYPE_CHECKING:
    from dqmconsole.model.message import Down, Up

_log = logging.getLogger(__name__)
_LENGTH = struct.Struct("<I")
# A page of whole maps stays far below; more is not a message of ours.
MOST_BYTES = 1 << 29
# Bytes that wait to be received, after which no more is read: minutes of a page.
INBOX_BYTES = 64 << 20


class Channel:
    """One end of the link between engine and console.

    Args:
        sock: one socket of a pair, owned from here on.
        incoming: union of the messages that may come in (``message.Up`` or
            ``message.Down``).
        name: name of the end, for its threads and the log.

    Attributes:
        trouble: why it ended, where that was no wish of either side, else "".
    """

    def __init__(self, sock: socket.socket, incoming: Any, name: str = "link") -> None:  # noqa: ANN401 - a union
        self._socket = sock
        self._asks = Receipt in get_args(incoming)
        self._encoder = encoder()
        self._decoder = decoder(incoming)
        self._outbox = Pending()
        self._inbox: list[Up | Down] = []
        self._inbox_bytes = 0
        self._out = threading.Condition()
        self._in = threading.Condition()
        self._ended = threading.Event()
        self._sending = False
        self.trouble = ""
        self._threads = (
            threading.Thread(target=self._write, name=f"{name} writer", daemon=True),
            threading.Thread(target=self._read, name=f"{name} reader", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    @property
    def closed(self) -> bool:
        """Tell whether the link has ended, by either side."""
        return self._ended.is_set()

    def put(self, message: Up | Down) -> None:
        """Send a message when the other side takes it; never waits."""
        with self._out:
            self._outbox.put(message)
            self._out.notify()

    def receive(self) -> list[Up | Down]:
        """All messages that have come in, in order; never waits."""
        with self._in:
            messages, self._inbox = self._inbox, []
            self._inbox_bytes = 0
            self._in.notify_all()
            return messages

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a message; True when there is one.

        Also returns when the link ends.
        """
        with self._in:
            self._in.wait_for(lambda: bool(self._inbox) or self.closed, timeout)
            return bool(self._inbox)

    def close(self, linger: float = 0.0) -> None:
        """End the link on both sides and join the threads.

        Args:
            linger: seconds to wait for what is still to be sent.
        """
        if linger:
            with self._out:
                self._out.wait_for(lambda: self._idle() or self.closed, linger)
        self._end()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=5.0)
        self._socket.close()

    def _end(self) -> None:
        self._ended.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("the link had ended already")
        for condition in (self._out, self._in):
            with condition:
                condition.notify_all()

    def _write(self) -> None:
        while True:
            with self._out:
                self._out.wait_for(lambda: bool(self._outbox) or self.closed)
                if self.closed:
                    return
                messages = self._outbox.take()
                self._sending = True
            try:
                for message in messages:
                    data = self._encoded(message)
                    if data is None:
                        continue
                    self._socket.sendall(_LENGTH.pack(len(data)))
                    self._socket.sendall(data)
            except OSError:
                self._end()
                return
            except UNSENDABLE as error:
                # said by the end of the link, for a mute end would look alive
                self.trouble = f"a message that cannot be sent: {error}"
                _log.error("%s", self.trouble)
                self._end()
                return
            with self._out:
                self._sending = False
                self._out.notify_all()

    def _encoded(self, message: Up | Down) -> bytes | None:
        """A message as bytes.

        Where that cannot be and somebody waits for its answer, the answer says why: in
        place of the message, or, None, in our own inbox where it is a request of ours.
        """
        try:
            return self._encoder.encode(message)
        except UNSENDABLE as error:
            if not hasattr(message, "request"):
                raise
            _log.error("a message that cannot be sent: %s", error)
            refusal = Receipt(message.request, False, f"it cannot be sent: {error}")
            if not self._asks:
                return self._encoder.encode(refusal)
            with self._in:
                self._inbox.append(refusal)
                self._in.notify_all()
            return None

    def _idle(self) -> bool:
        return not self._outbox and not self._sending

    def _read(self) -> None:
        try:
            while not self.closed:
                header = self._take(_LENGTH.size)
                if header is None:
                    break
                (size,) = _LENGTH.unpack(header)
                if size > MOST_BYTES:
                    self.trouble = f"a message of {size} bytes on the link"
                    break
                data = self._take(size)
                if data is None:
                    break
                message = self._decoder.decode(data)
                with self._in:
                    self._in.wait_for(
                        lambda: self._inbox_bytes < INBOX_BYTES or self.closed
                    )
                    self._inbox.append(message)
                    self._inbox_bytes += size
                    self._in.notify_all()
        except (msgspec.MsgspecError, LinkError) as error:
            self.trouble = f"not a message of ours on the link: {error}"
        except OSError as error:
            _log.debug("the link ended: %s", error)
        if self.trouble:
            _log.error("%s", self.trouble)
        self._end()

    def _take(self, size: int) -> bytearray | None:
        buffer = bytearray(size)
        view = memoryview(buffer)
        got = 0
        while got < size:
            count = self._socket.recv_into(view[got:])
            if count == 0:
                return None
            got += count
        return buffer
