"""Taking somebody of 微信客服 from the queue: where to answer, and what the platform refuses, in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from handlers.desk.staff import Role
from storage.schema import conversations
from tests.console.client import make_account, sign_in
from tests.console.residents import read
from tests.dialogs.people import OnKf
from tests.peers.wecom import WeComPeer
from tests.running import Running, running

WANG = "wangmin"
MOVE = "kf/service_state/trans"


@asynccontextmanager
async def waiting(folder: Path, peer: WeComPeer) -> AsyncIterator[tuple[Running, int]]:
    """The service, 王敏 who serves in the platform's client, and a resident in its pool: their conversation."""
    peer.state.add_members(peer.corp, [WANG])
    peer.state.add_servicers(peer.corp, peer.kf, [WANG])
    async with running(folder, peer) as app:
        peer.callbacks.target = f"{app.base_url}/wecom/app"
        await make_account(app, "wang", Role.DESK, name="王敏", wecom_userid=WANG)
        await make_account(app, "ran", Role.DESK, name="冉小兰")
        resident = OnKf(peer)
        for text in ("隔壁修屋把我家出路堵了", "转人工"):
            await asyncio.to_thread(resident.says, text)
            count = len(resident.seen())
            await app.until(lambda n=count: len(resident.seen()) > n, "an answer")  # type: ignore[misc]

        async def is_waiting() -> bool:
            rows = [row for row in await app.rows(conversations) if row.kind == "resident"]
            return bool(rows) and rows[0].holder == "waiting"

        await app.until(is_waiting, "the handover")
        (talk,) = [row.id for row in await app.rows(conversations) if row.kind == "resident"]
        yield app, talk
        peer.callbacks.target = ""


def test_who_serves_there_is_told_to_answer_there_and_who_does_not_answers_here(tmp_path: Path) -> None:
    async def main() -> None:
        with WeComPeer() as peer:
            async with waiting(tmp_path, peer) as (app, talk), await sign_in(app, "wang") as wang:
                await wang.get("/queue")
                page = await wang.post(f"/queue/{talk}/claim")
                assert page.path == f"/conversations/{talk}"
                assert "接上了，请到企业微信的“微信客服”里答复，这里会同步记录。" in page.text
                assert 'id="say"' not in page.html
                assert (await read(app, talk)).holder_via == "client"

    asyncio.run(main())


def test_a_move_that_the_platform_refuses_is_told_and_somebody_else_can_take_them(tmp_path: Path) -> None:
    async def main() -> None:
        with WeComPeer() as peer:
            async with waiting(tmp_path, peer) as (app, talk), await sign_in(app, "wang") as wang:
                await asyncio.to_thread(peer.callbacks.servicer_duty, WANG, on=False)
                await wang.get("/queue")
                page = await wang.post(f"/queue/{talk}/claim")
                assert page.path == "/queue"
                assert "您在企业微信里还没有开始接待" in page.text
                assert (await read(app, talk)).holder == "waiting"
                # From the conversation's own page the same is a page of its own, with the way back.
                page = await wang.post(f"/conversations/{talk}/claim")
                assert (page.status, "平台没有同意" in page.text) == (409, True)
                await asyncio.to_thread(peer.callbacks.servicer_duty, WANG, on=True)
                page = await wang.post(f"/queue/{talk}/claim")
                assert page.path == f"/conversations/{talk}"

    asyncio.run(main())
