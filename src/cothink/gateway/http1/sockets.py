"""Listening sockets: one for each address that a host name stands for, and a set of them for each worker."""

import contextlib
import ctypes
import socket
import struct
import sys

SO_ATTACH_FILTER = 26
BPF_RETURN = 0x06


def bind(host: str, port: int, count: int = 1) -> list[list[socket.socket]]:
    """Return ``count`` sets of bound sockets that share the addresses and one port; 0 takes a free one.

    Raises:
        OSError: An address cannot be bound. SO_REUSEPORT alone would let two servers share a port unnoticed, so each
            address is tried without it first.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sets: list[list[socket.socket]] = [[] for _ in range(count)]
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            place = (address[0], port, *address[2:])
            if count > 1:
                with _open(family, kind, protocol) as probe:
                    probe.bind(place)
                    place = probe.getsockname()
            for sockets in sets:
                sock = _open(family, kind, protocol)
                sockets.append(sock)
                if count > 1:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                sock.bind(place)
            port = int(sets[0][-1].getsockname()[1])  # where it was 0, the next address takes the same one
    except OSError:
        close(sets)
        raise
    return sets


def close(sets: list[list[socket.socket]]) -> None:
    """Close them all."""
    for sockets in sets:
        for sock in sockets:
            sock.close()


def turn_away(sock: socket.socket) -> None:
    """Let no more clients into the queue of a listening socket, before it is emptied and closed.

    Closing resets whoever connected since the last accept. A packet filter that takes nothing keeps new ones out;
    they try again by themselves and are refused then. Source: man 7 socket, SO_ATTACH_FILTER; Linux only.
    """
    take_nothing = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(take_nothing))
    with contextlib.suppress(OSError):  # no such filter on this system: the gap is some microseconds
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def queued(sock: socket.socket) -> int:
    """Return how many clients wait to be accepted; 0 where the system does not say.

    Source: tcp_get_info in net/ipv4/tcp.c of Linux: of a listening socket, ``tcpi_unacked`` is the queue's length.
    """
    if sys.platform != "linux" or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return 0
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
    except OSError:
        return 0
    return int(struct.unpack_from("I", info, 24)[0]) if len(info) >= 28 else 0


def _open(family: int, kind: int, protocol: int) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock
