"""Is this update what Telegram's documentation says it is? python-telegram-bot takes whatever it is given and fails later, in a handler.

Only the parts that handlers read are described. An update of another shape is marked failed and told to the operator; no handler sees it.
It is checked as it came: nothing is made of it.
"""

from functools import cache
from typing import Annotated, Any, Required

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # typing's own cannot be checked before Python 3.12

_Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Small = Annotated[int, Field(ge=0, lt=2**31)]
_Time = Annotated[int, Field(ge=0, lt=2**33)]  # seconds; python's calendar ends later


class _User(TypedDict, total=False):
    id: Required[_Id]
    is_bot: Required[bool]
    first_name: Required[str]
    last_name: str | None
    username: str | None
    language_code: str | None


class _Chat(TypedDict, total=False):
    id: Required[_Id]
    type: Required[str]
    title: str | None
    is_forum: bool | None


class _Entity(TypedDict):
    type: str
    offset: _Small
    length: _Small


class _File(TypedDict):
    file_id: str
    file_unique_id: str


class _Location(TypedDict):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class _Venue(TypedDict):
    location: _Location
    title: str


class _Contact(TypedDict):
    phone_number: str
    first_name: str


class _Said(TypedDict, total=False):
    message_id: Required[_Small]
    date: Required[_Time]
    chat: Required[_Chat]
    sender: Annotated[_User | None, Field(alias="from")]
    edit_date: _Time | None
    message_thread_id: _Small | None
    is_topic_message: bool | None
    media_group_id: str | None
    migrate_to_chat_id: _Id | None
    migrate_from_chat_id: _Id | None
    text: str | None
    caption: str | None
    entities: list[_Entity]
    caption_entities: list[_Entity]
    photo: list[_File] | None
    voice: _File | None
    video: _File | None
    document: _File | None
    video_note: _File | None
    audio: _File | None
    location: _Location | None
    venue: _Venue | None
    contact: _Contact | None


def _entities_lie_in_the_text(said: _Said) -> _Said:
    for text, entities in (
        (said.get("text"), said.get("entities")),
        (said.get("caption"), said.get("caption_entities")),
    ):
        if not entities:
            continue
        units = len((text or "").encode("utf-16-le", "surrogatepass")) // 2
        if any(e["length"] == 0 or e["offset"] + e["length"] > units for e in entities):
            raise ValueError("an entity outside of its text")
    return said


_Message = Annotated[_Said, AfterValidator(_entities_lie_in_the_text)]


class _Press(TypedDict, total=False):
    id: Required[str]
    sender: Required[Annotated[_User, Field(alias="from")]]
    message: _Message | None
    data: str | None


class _Member(TypedDict):
    user: _User
    status: str


class _Membership(TypedDict):
    chat: _Chat
    sender: Annotated[_User, Field(alias="from")]
    date: _Time
    old_chat_member: _Member
    new_chat_member: _Member


class _Update(TypedDict, total=False):
    update_id: Required[_Id]
    message: _Message | None
    edited_message: _Message | None
    callback_query: _Press | None
    my_chat_member: _Membership | None


@cache
def _checker() -> TypeAdapter[_Update]:
    return TypeAdapter(_Update)


def load() -> None:
    """Build what checks an update now, instead of with the first one."""
    _checker()


def misshapen(raw: Any) -> str | None:
    """Where this update differs from the documentation, as a path without its content; None when it does not."""
    try:
        _checker().validate_python(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return ".".join(str(part) for part in first["loc"])[:80] or "?"
    return None
