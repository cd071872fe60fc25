"""`python -m tests.benchmarks.real PART`: the service as far as a callback's way goes.

accept     the real callback route on the real database; nobody works on what was accepted
working    the same, and the inbox works on it; nothing is sent
"""

from bot.app import build, now
from bot.channels.wecom.app import WeComAppChannel
from bot.channels.wecom.client import WeComClient
from bot.config import Settings
from bot.rows import new_message
from bot.server import build_application
from handlers.message import Message
from storage import inbox
from storage.database import Database
from storage.records import Accepted
from storage.upgrade import upgrade
from tests.benchmarks.listening import listen, serve_one_of


async def _accept() -> None:
    settings = Settings()
    database = Database(settings.database_url)
    upgrade(database)
    database.start()

    async def keep(message: Message) -> Accepted:
        return await database.write_batch(inbox.accept, new_message(message))

    wecom = settings.wecom
    client = WeComClient(wecom.corp_id, wecom.secret.get_secret_value(), wecom.api_base)
    await listen(build_application([], [WeComAppChannel(wecom, client, keep, now).routes()]))


async def _working() -> None:
    app = build(Settings())
    app.database.start()
    await app.inbox.start()
    await listen(app.web)


if __name__ == "__main__":
    serve_one_of({"accept": _accept, "working": _working})
