"""The methods this server knows, as a table; names are compared without case, as in the real one."""

from .account import (
    answer_callback_query,
    delete_my_commands,
    get_file,
    get_me,
    get_my_commands,
    set_my_commands,
)
from .edits import delete_message, edit_message_reply_markup, edit_message_text
from .intake import delete_webhook, get_updates, get_webhook_info, set_webhook
from .messages import send_chat_action, send_document, send_message, send_photo
from .state import Method

METHODS: dict[str, Method] = {
    "getme": get_me,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "sendchataction": send_chat_action,
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "getfile": get_file,
}
