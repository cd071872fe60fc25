"""Staff serve residents from chats of theirs: the same on Telegram and in the WeCom app, against both peers."""
