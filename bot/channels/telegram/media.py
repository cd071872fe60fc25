"""The picture, voice, film or file in a message."""

from telegram import Message

from bot.text import storable
from handlers.message import Media

_LONGEST_NAME = 200


def media_of(said: Message) -> Media | None:
    """What can be fetched of a message, or None. Of a picture it is the largest size."""
    if said.photo:
        largest = max(said.photo, key=lambda size: size.width * size.height)
        return Media("picture", largest.file_id, "", "image/jpeg", largest.file_size or 0)
    if said.video_note:
        return Media("film", said.video_note.file_id, "", "video/mp4", said.video_note.file_size or 0)
    if said.voice:
        return Media("voice", said.voice.file_id, "", said.voice.mime_type or "", said.voice.file_size or 0)
    # An animation is sent as a document too, by which older programs know it.
    for form, found in (("voice", said.audio), ("film", said.video), ("file", said.document)):
        if found:
            name = storable(found.file_name or "")[-_LONGEST_NAME:]
            return Media(form, found.file_id, name, found.mime_type or "", found.file_size or 0)
    return None
