"""Applying in the chat 在线登记: a guided form of few steps, kept in the conversation until it is confirmed."""
