"""Replies that come later: by server-sent events, by polling, after a visit; without disturbing who reads."""

import secrets
from datetime import UTC, datetime

from playwright.sync_api import Request, expect
from sqlalchemy import Connection

from bot.channels.web import NAME, WebChannel
from handlers.message import Reply
from storage import conversations, outbox
from storage.records import ConversationKey, OutboxDraft
from tests.browser.chat import PHONE, TALL_PHONE, WAGES, Chat
from tests.browser.conftest import Visit
from tests.running import Apart

STAFF = "我是县司法局的张莉，您的材料我看了，请周一上午来窗口。"


def staff_says(service: Apart, chat: Chat, text: str = STAFF) -> None:
    """Write a reply into the outbox as one of a person at the desk."""
    key = ConversationKey(NAME, NAME, chat.kept("fawen.talk.1")["conversation"])
    now = datetime.now(UTC)
    body = Reply(text, purpose="staff").body()
    draft = OutboxDraft(secrets.token_hex(16), "staff", 2, body, not_before=now, pulled=True)

    def enqueue(connection: Connection) -> None:
        conversation = conversations.read_conversation(connection, key)
        assert conversation is not None
        outbox.enqueue(connection, conversation, None, [draft], now)

    async def write() -> None:
        await service.app.database.write(enqueue)
        channel = service.app.channels[NAME]
        assert isinstance(channel, WebChannel)
        channel.said(key)

    service.do(write())


def watch(chat: Chat) -> list[str]:
    """How the page asks for later replies: "eventsource" or "fetch", a word for each GET."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/v1/messages?" in request.url:
            asked.append(request.resource_type)

    chat.page.on("request", note)
    return asked


def test_a_reply_of_the_staff_arrives_by_server_sent_events(visit: Visit, service: Apart) -> None:
    chat = visit(PHONE)
    asked = watch(chat)
    with chat.page.expect_response(lambda answer: answer.request.resource_type == "eventsource") as opened:
        chat.say(WAGES)
    assert opened.value.ok
    staff_says(service, chat)
    expect(chat.last).to_contain_text("张莉")
    expect(chat.replies).to_have_count(2)  # the stream repeats the answer to the POST; it is shown once
    assert asked == ["eventsource"]


def test_without_event_source_it_arrives_by_polling(visit: Visit, service: Apart) -> None:
    chat = visit(PHONE, prepare="delete window.EventSource")
    asked = watch(chat)
    chat.page.clock.install()
    with chat.page.expect_response(lambda answer: "/api/v1/messages?" in answer.url):
        chat.say(WAGES)
    staff_says(service, chat)
    chat.page.clock.fast_forward(5000)
    expect(chat.last).to_contain_text("张莉")
    expect(chat.replies).to_have_count(2)
    assert set(asked) == {"fetch"}


def test_what_was_said_while_the_page_was_closed_is_there_afterwards(visit: Visit, service: Apart) -> None:
    chat = visit(PHONE)
    chat.say(WAGES)
    chat.page.goto("about:blank")
    second = Chat(chat.page.context.new_page(), chat.base_url)
    second.open()
    staff_says(service, second)
    expect(second.replies).to_have_count(2)
    expect(second.last).to_contain_text("张莉")
    assert second.faults() == []


def test_who_reads_further_up_is_told_and_not_moved(visit: Visit, service: Apart) -> None:
    chat = visit(TALL_PHONE)
    chat.say(WAGES)
    chat.tap("更多")
    chat.page.evaluate("document.getElementById('scroller').scrollTop = 0")
    staff_says(service, chat)
    newer = chat.page.get_by_role("button", name="有新的回复，点这里看")
    expect(newer).to_be_visible()
    assert chat.page.evaluate("document.getElementById('scroller').scrollTop") == 0
    expect(chat.last).not_to_be_in_viewport()
    newer.click()
    expect(chat.last.locator(".bubble")).to_be_focused()
    expect(chat.last).to_be_in_viewport(ratio=1)
    expect(newer).to_be_hidden()
