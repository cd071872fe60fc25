"""Files that people and the bot have sent."""

import mimetypes
from dataclasses import dataclass
from typing import Any

from .arguments import Arguments, Upload
from .errors import bad_request
from .images import dimensions

Json = dict[str, Any]

MAX_PHOTO = 10 * 1024 * 1024
MAX_DOCUMENT = 50 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
_THUMBNAIL_SIDE = 90
_MAX_SIDES = 10_000
_MAX_RATIO = 20


@dataclass(frozen=True)
class StoredFile:
    """One file: its two identifiers, the path for downloading it, its bytes."""

    file_id: str
    unique_id: str
    path: str
    name: str
    content_type: str
    data: bytes

    @property
    def as_json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


class Files:
    """All files by file_id; identifiers are made here and never used twice."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def get(self, file_id: str) -> StoredFile:
        try:
            return self._files[file_id]
        except KeyError:
            raise bad_request("wrong file_id or the file is temporarily unavailable") from None

    def at_path(self, path: str) -> StoredFile | None:
        return next((file for file in self._files.values() if file.path == path), None)

    def add(self, folder: str, name: str, content_type: str, data: bytes) -> StoredFile:
        number = len(self._files) + 1
        ending = mimetypes.guess_extension(content_type) or ".bin"
        prefix = "AgACAgUAAxkB" if folder == "photos" else "BQACAgUAAxkB"
        file = StoredFile(
            f"{prefix}{number:08d}", f"AQAD{number:08d}", f"{folder}/file_{number}{ending}", name, content_type, data
        )
        self._files[file.file_id] = file
        return file

    def document(self, upload: Upload) -> Json:
        """A Document; the name is the one the sender gave, Chinese or not."""
        if len(upload.data) > MAX_DOCUMENT:
            raise bad_request("file is too big")
        guessed = mimetypes.guess_type(upload.name)[0]
        file = self.add("documents", upload.name, guessed or upload.content_type, upload.data)
        return self.document_json(file)

    def document_json(self, file: StoredFile) -> Json:
        return {"file_name": file.name, "mime_type": file.content_type} | file.as_json

    def photo(self, data: bytes) -> list[Json]:
        """The sizes of a Photo, smallest first."""
        size = dimensions(data)
        if size is None or len(data) > MAX_PHOTO:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(size) > _MAX_SIDES or max(size) > _MAX_RATIO * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        sizes = [self.photo_size(self.add("photos", "", "image/jpeg", data), size)]
        if max(size) > _THUMBNAIL_SIDE:
            scale = _THUMBNAIL_SIDE / max(size)
            small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
            sizes.insert(0, self.photo_size(self.add("thumbnails", "", "image/jpeg", data[:1000]), small))
        return sizes

    def photo_size(self, file: StoredFile, size: tuple[int, int]) -> Json:
        return {"width": size[0], "height": size[1]} | file.as_json

    def named(self, arguments: Arguments, field: str) -> Upload | StoredFile:
        """What the call sends under this name: an upload, or a file the server already has."""
        reference = arguments.text(field)
        upload = arguments.uploads.get(reference.removeprefix("attach://") if reference else field)
        if upload is not None:
            if not upload.data:
                raise bad_request("file must be non-empty")
            return upload
        if not reference or reference.startswith("attach://"):
            raise bad_request(f"there is no {field} in the request")
        if reference.startswith(("http://", "https://")):
            # A peer on loopback never calls out; for the bot it looks like an address that does not answer.
            raise bad_request("failed to get HTTP URL content")
        if reference not in self._files:
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        return self._files[reference]
