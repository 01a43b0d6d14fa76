"""How Gmail names its own folders in several languages; each person has one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from emulators.google.imap.labels import System

_FOLDERS = (System.ALL, System.DRAFT, System.IMPORTANT, System.SENT, System.SPAM, System.STARRED, System.TRASH,
            System.CHAT)


def _language(root: str, *names: str) -> Mapping[System, str]:
    paths = {folder: f"{root}/{name}" for folder, name in zip(_FOLDERS, names, strict=True)}
    return MappingProxyType({System.INBOX: "INBOX"} | paths)


# `[Google Mail]` is the root of accounts in the United Kingdom, and was that of Germany's.
LANGUAGES: Mapping[str, Mapping[System, str]] = MappingProxyType({
    "en": _language("[Gmail]", "All Mail", "Drafts", "Important", "Sent Mail", "Spam", "Starred", "Trash", "Chats"),
    "en-GB": _language("[Google Mail]", "All Mail", "Drafts", "Important", "Sent Mail", "Spam", "Starred", "Bin",
                       "Chats"),
    "de": _language("[Gmail]", "Alle Nachrichten", "Entwürfe", "Wichtig", "Gesendet", "Spam", "Markiert", "Papierkorb",
                    "Chats"),
    "fr": _language("[Gmail]", "Tous les messages", "Brouillons", "Important", "Messages envoyés", "Spam", "Suivis",
                    "Corbeille", "Chats"),
    "ja": _language("[Gmail]", "すべてのメール", "下書き", "重要", "送信済みメール", "迷惑メール", "スター付き",
                    "ゴミ箱", "チャット"),
    "zh-TW": _language("[Gmail]", "全部郵件", "草稿", "重要郵件", "寄件備份", "垃圾郵件", "已加星號",
                       "垃圾桶", "即時通訊"),
})


def root(language: str) -> str:
    """The folder above Gmail's own ones, which cannot be selected."""
    return LANGUAGES[language][System.ALL].partition("/")[0]
