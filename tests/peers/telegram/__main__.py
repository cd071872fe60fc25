"""``python -m tests.peers.telegram``: the peer as a process of its own, driven over /_peer/."""

import argparse
import json
import signal
import sys
import threading

from .peer import TelegramPeer
from .server import TOKEN
from .webhook import DeliveryOptions


def main() -> None:
    options = _parse()
    delivery = DeliveryOptions(options.time_scale, options.webhook_timeout, options.parallel, options.deliver_to)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    with TelegramPeer(token=options.token, port=options.port, delivery=delivery) as peer:
        # One line of JSON: whoever started this process reads the address from it.
        sys.stdout.write(json.dumps({"base_url": peer.base_url, "token": peer.token}) + "\n")
        sys.stdout.flush()
        over.wait()


def _parse() -> argparse.Namespace:
    default = DeliveryOptions()
    parser = argparse.ArgumentParser(prog="python -m tests.peers.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--time-scale", type=float, default=default.time_scale, help="1 waits like Telegram")
    parser.add_argument("--webhook-timeout", type=float, default=default.timeout, metavar="SECONDS")
    parser.add_argument("--parallel", action="store_true", help="deliver different chats at the same time")
    parser.add_argument("--deliver-to", default="", metavar="URL", help="where the webhook's host really is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
