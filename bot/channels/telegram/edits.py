"""Edits that change nothing: "may at times be triggered by changes to message fields that are ... unavailable"."""

from collections import OrderedDict

from telegram import Message, Update

_MOST_REMEMBERED = 4096


class Edits:
    """What the newest messages said. What is not remembered, after a restart say, counts as changed."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[int, int], int] = OrderedDict()

    def is_none(self, update: Update) -> bool:
        """Whether an edit left everything as it was that we can see."""
        edited = update.edited_message
        return edited is not None and self._said.get(_key(edited)) == _content(edited)

    def remember(self, update: Update) -> None:
        """To be called once the message is stored: an edit that could not be stored comes again."""
        said = update.message or update.edited_message
        if said is None:
            return
        self._said[_key(said)] = _content(said)
        self._said.move_to_end(_key(said))
        if len(self._said) > _MOST_REMEMBERED:
            self._said.popitem(last=False)


def _key(said: Message) -> tuple[int, int]:
    return said.chat.id, said.message_id


def _content(said: Message) -> int:
    """A mark of what was said, instead of the words themselves."""
    pictures = tuple(size.file_unique_id for size in said.photo)
    files = tuple(found.file_unique_id for found in (said.document, said.video) if found)
    return hash((said.text, said.caption, pictures, files))
