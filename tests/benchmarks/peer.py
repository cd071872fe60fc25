"""`python -m tests.benchmarks.peer`: the WeCom peer, with the members that the benchmarks write as."""

import json
import sys

from tests.benchmarks.members import MEMBERS
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.control import ORDERS


def main() -> None:
    """Serve until somebody ends it; the line with the address tells the keys too."""
    with WeComPeer() as peer:
        peer.state.add_members(peer.corp, MEMBERS)
        sys.stdout.write(json.dumps({"base_url": peer.base_url, **ORDERS["settings"](peer, {})}) + "\n")
        sys.stdout.flush()
        peer.wait()


if __name__ == "__main__":
    main()
