"""notified.py SOCKET: receives what a service tells systemd, one line a message, and lets go of barriers as systemd does."""
import os
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
    receiver.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o777)
    print("listening", flush=True)
    while True:
        message, files, _, _ = socket.recv_fds(receiver, 4096, 8)
        for file in files:
            os.close(file)
        print(message.decode().replace("\n", " "), flush=True)
