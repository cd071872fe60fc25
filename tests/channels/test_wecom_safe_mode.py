"""Safe mode in customer service: sessions move as ever, and not a word reaches the resident's telephone."""

import asyncio
from pathlib import Path

import pytest

from tests.channels.kf_tools import RATING, said, say, somebody, standing
from tests.channels.wecom_service import serving
from tests.peers.wecom import WeComPeer
from tests.peers.wecom.transitions import SessionState

NEW, BOT, POOL, HUMAN, ENDED = SessionState


@pytest.mark.parametrize(
    ("purpose", "state", "servicers", "after"),
    [
        ("closing", HUMAN, True, 4),
        ("closing", POOL, True, 4),
        ("closing", BOT, True, 1),
        ("waiting", POOL, True, 3),
        ("waiting", POOL, False, 4),
        ("waiting", BOT, True, 1),
    ],
)
def test_the_session_moves_without_a_word(
    tmp_path: Path, purpose: str, state: SessionState, servicers: bool, after: int
) -> None:
    async def check(peer: WeComPeer) -> None:
        if not servicers:
            peer.callbacks.servicer_duty("ZhangSan", on=False)
            peer.callbacks.servicer_duty("LiSi", on=False)
        async with serving(peer, tmp_path, start=False) as service:
            resident = somebody(peer, state, "LiSi" if state is HUMAN else None)
            sent = await say(service, resident, purpose, RATING, safe_mode=True)
            assert not sent.spent
            assert standing(peer, resident)[0] == after
            assert said(peer, resident) == []

    with WeComPeer() as peer:
        asyncio.run(check(peer))
        assert peer.violations == []
