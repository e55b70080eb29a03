"""Is this update what Telegram's documentation says it is? python-telegram-bot takes whatever it is given and fails later, in a handler.

Only the parts that handlers read are described. An update of another shape is marked failed and told to the operator; no handler sees it.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

_Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Small = Annotated[int, Field(ge=0, lt=2**31)]
_Time = Annotated[int, Field(ge=0, lt=2**33)]  # seconds; python's calendar ends later


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)  # of all of them one is built: see `load`


class _User(_Part):
    id: _Id
    is_bot: bool
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class _Chat(_Part):
    id: _Id
    type: str
    title: str | None = None
    is_forum: bool | None = None


class _Entity(_Part):
    type: str
    offset: _Small
    length: _Small


class _File(_Part):
    file_id: str
    file_unique_id: str


class _Location(_Part):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class _Venue(_Part):
    location: _Location
    title: str


class _Contact(_Part):
    phone_number: str
    first_name: str


class _Message(_Part):
    message_id: _Small
    date: _Time
    chat: _Chat
    sender: _User | None = Field(None, alias="from")
    edit_date: _Time | None = None
    message_thread_id: _Small | None = None
    is_topic_message: bool | None = None
    media_group_id: str | None = None
    migrate_to_chat_id: _Id | None = None
    migrate_from_chat_id: _Id | None = None
    text: str | None = None
    caption: str | None = None
    entities: list[_Entity] = Field(default_factory=list)  # a plain [] is copied, deeply, for each message
    caption_entities: list[_Entity] = Field(default_factory=list)
    photo: list[_File] | None = None
    voice: _File | None = None
    video: _File | None = None
    document: _File | None = None
    video_note: _File | None = None
    audio: _File | None = None
    location: _Location | None = None
    venue: _Venue | None = None
    contact: _Contact | None = None

    @model_validator(mode="after")
    def _entities_lie_in_the_text(self) -> "_Message":
        for text, entities in ((self.text, self.entities), (self.caption, self.caption_entities)):
            if not entities:
                continue
            units = len((text or "").encode("utf-16-le", "surrogatepass")) // 2
            if any(e.length == 0 or e.offset + e.length > units for e in entities):
                raise ValueError("an entity outside of its text")
        return self


class _Press(_Part):
    id: str
    sender: _User = Field(alias="from")
    message: _Message | None = None
    data: str | None = None


class _Member(_Part):
    user: _User
    status: str


class _Membership(_Part):
    chat: _Chat
    sender: _User = Field(alias="from")
    date: _Time
    old_chat_member: _Member
    new_chat_member: _Member


class _Update(_Part):
    update_id: _Id
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _Press | None = None
    my_chat_member: _Membership | None = None


def load() -> None:
    """Build what checks an update now, instead of with the first one."""
    _Update.model_rebuild()


def misshapen(raw: Any) -> str | None:
    """Where this update differs from the documentation, as a path without its content; None when it does not."""
    try:
        _Update.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return ".".join(str(part) for part in first["loc"])[:80] or "?"
    return None
