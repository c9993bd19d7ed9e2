"""
Reading what arrives, tolerantly: an odd or unknown field never makes an activity unreadable.

The SDK's `Activity` is filled by a table, which costs a fifth of its own deserialiser; then it
is told in the desk's own words. What is asked of somebody's identity comes only from fields
that the verified channel fills (I27).
"""

from __future__ import annotations

import html
import re
from typing import Any, Final

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.chat.card import Json
from bot.chat.inbound import Attached, Caller, HandedOver, Spot, SpotKind
from bot.store.addresses import AddressKind, Heard

_TEXTS: Final = {
    "type": "type",
    "id": "id",
    "timestamp": "timestamp",
    "service_url": "serviceUrl",
    "channel_id": "channelId",
    "text": "text",
    "locale": "locale",
    "action": "action",
    "reply_to_id": "replyToId",
    "name": "name",
}
_KINDS: Final = {
    "personal": SpotKind.PERSONAL,
    "channel": SpotKind.CHANNEL,
    "groupChat": SpotKind.GROUP,
}
_THREAD: Final = ";messageid="
_AT: Final = re.compile(r"<at(?: [^>]*)?>(.*?)</at>", re.DOTALL)
LONGEST: Final = 20_000
_FILE: Final = "application/vnd.microsoft.teams.file.download.info"
_PICTURE: Final = "image/"


def read(body: Json) -> Activity:
    """Return the SDK's activity for a JSON body, whatever is odd in it."""
    texts = {ours: _text(body.get(theirs)) for ours, theirs in _TEXTS.items()}
    return Activity(
        **texts,
        from_property=_account(body.get("from")),
        recipient=_account(body.get("recipient")),
        conversation=_conversation(body.get("conversation")),
        channel_data=_object(body.get("channelData")),
        value=body.get("value"),
        entities=_objects(body.get("entities")),
        attachments=_objects(body.get("attachments")),
        members_added=[_account(item) for item in _objects(body.get("membersAdded"))],
        members_removed=[_account(item) for item in _objects(body.get("membersRemoved"))],
    )


def caller_of(activity: Activity) -> Caller:
    """Return who did it."""
    account = activity.from_property
    return Caller(
        tenant_id=tenant_of(activity),
        entra_id=(account.aad_object_id or "").lower(),
        name=account.name or "",
    )


def tenant_of(activity: Activity) -> str:
    """Return the tenant it was done in."""
    tenant = _text(_object(activity.channel_data.get("tenant")).get("id"))
    return (tenant or activity.conversation.tenant_id or "").lower()


def spot_of(activity: Activity) -> Spot:
    """Return where it was done."""
    kind = kind_of(activity)
    conversation, _, thread = activity.conversation.id.partition(_THREAD)
    is_press = activity.type == "invoke" or isinstance(activity.value, dict)
    message = activity.reply_to_id if is_press else activity.id
    if kind is SpotKind.CHANNEL and not thread:
        thread = message or ""
    return Spot(
        kind=kind,
        conversation_id=conversation,
        thread_id=thread or None if kind is SpotKind.CHANNEL else None,
        message_id=message or None,
        name=_name_of(activity),
    )


def kind_of(activity: Activity) -> SpotKind:
    """Return what kind of conversation it was done in."""
    if kind := _KINDS.get(activity.conversation.conversation_type or ""):
        return kind
    if (
        "@thread.tacv2" in activity.conversation.id
        or "@thread.skype" in activity.conversation.id
    ):
        return SpotKind.CHANNEL
    return SpotKind.GROUP if activity.conversation.is_group else SpotKind.PERSONAL


def heard_in(activity: Activity) -> Heard:
    """Return the conversation, to be remembered."""
    spot, caller = spot_of(activity), caller_of(activity)
    is_personal = spot.kind is SpotKind.PERSONAL
    return Heard(
        conversation_id=spot.conversation_id,
        kind=AddressKind(spot.kind.value),
        tenant_id=caller.tenant_id,
        service_url=activity.service_url,
        entra_id=caller.entra_id if is_personal else "",
        name=caller.name if is_personal else spot.name,
    )


def words_of(activity: Activity) -> str:
    """Return what was typed: without the mention of the bot, as plain characters."""
    text = activity.text[:LONGEST]
    for mention in _mentions_of_bot(activity):
        text = text.replace(str(mention.get("text") or "\0"), " ")
    own = (activity.recipient.name or "").casefold()
    text = _AT.sub(lambda at: " " if at[1].strip().casefold() == own else at[1], text)
    return html.unescape(text).replace("\xa0", " ").strip()


def handed_in(activity: Activity) -> HandedOver:
    """Return what came with the words: files, and pictures in the text; the rest is layout."""
    kinds = [(_text(item.get("contentType")), item) for item in activity.attachments]
    return HandedOver(
        caller=caller_of(activity),
        spot=spot_of(activity),
        text=words_of(activity),
        files=tuple(_attached(item) for kind, item in kinds if kind == _FILE),
        pictures=sum(kind.startswith(_PICTURE) for kind, _ in kinds),
    )


def is_for_bot(activity: Activity) -> bool:
    """Test if the words are for the bot: everything in its own chat, else only mentions."""
    return kind_of(activity) is SpotKind.PERSONAL or bool(_mentions_of_bot(activity))


def sameness_of(activity: Activity) -> tuple[str, ...]:
    """Return what a message that is delivered a second time has in common with the first."""
    return (activity.id, activity.conversation.id, activity.timestamp, activity.text)


def is_bot_in(members: list[ChannelAccount], activity: Activity) -> bool:
    """Test if the bot itself is among those who came or went."""
    return any(member.id and member.id == activity.recipient.id for member in members)


def _attached(item: Json) -> Attached:
    content = _object(item.get("content"))
    kind = _text(content.get("fileType"))
    name = _text(item.get("name")) or (f"file.{kind}" if kind else "")
    return Attached(name=name, url=_text(content.get("downloadUrl")))


def _mentions_of_bot(activity: Activity) -> list[Json]:
    return [
        entity
        for entity in activity.entities
        if entity.get("type") == "mention"
        and _object(entity.get("mentioned")).get("id") == activity.recipient.id
    ]


def _name_of(activity: Activity) -> str:
    channel = _object(activity.channel_data.get("channel"))
    team = _object(activity.channel_data.get("team"))
    parts = [_text(team.get("name")), _text(channel.get("name"))]
    return " / ".join(part for part in parts if part) or activity.conversation.name or ""


def _account(value: object) -> ChannelAccount:
    fields = _object(value)
    return ChannelAccount(
        id=_text(fields.get("id")),
        name=_text(fields.get("name")),
        aad_object_id=_text(fields.get("aadObjectId")),
    )


def _conversation(value: object) -> ConversationAccount:
    fields = _object(value)
    return ConversationAccount(
        id=_text(fields.get("id")),
        name=_text(fields.get("name")),
        is_group=fields.get("isGroup") is True,
        conversation_type=_text(fields.get("conversationType")),
        tenant_id=_text(fields.get("tenantId")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:  # noqa: ANN401 - JSON
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
