"""``python -m tests.peers.wecom --port 8900``: the peer on its own, for try-outs and subprocess tests."""

import argparse
import contextlib
import json
import sys

from .control import ORDERS
from .peer import WeComPeer


def main() -> None:
    """Serve until interrupted; the first line of output is JSON with base_url and the settings."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.wecom", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--target", default="", help="callback URL of the service")
    parser.add_argument("--time-factor", type=float, default=1.0, help="scales the 5 s of callbacks")
    options = parser.parse_args()
    with WeComPeer(port=options.port) as peer:
        peer.callbacks.target = options.target
        peer.callbacks.time_factor = options.time_factor
        settings = ORDERS["settings"](peer, {})
        sys.stdout.write(json.dumps({"base_url": peer.base_url, **settings}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            peer.wait()


if __name__ == "__main__":
    main()
