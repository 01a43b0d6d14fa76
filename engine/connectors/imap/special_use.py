"""Which folder is the one for sent mail, drafts and so on.

The server's own word comes first: the attributes of RFC 6154, or those of the older XLIST. Where it says nothing,
the folder's name decides, in the languages that mail programs commonly create folders in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from engine.ports.source import Role

ATTRIBUTES: Mapping[bytes, Role] = {
    b"\\sent": Role.SENT,
    b"\\drafts": Role.DRAFTS,
    b"\\trash": Role.DELETED,
    b"\\junk": Role.JUNK,
    b"\\spam": Role.JUNK,       # XLIST
    b"\\archive": Role.ARCHIVE,
}

# Folders that only show mail of other folders again (RFC 6154 §2, RFC 8457); the last one is XLIST's word.
VIRTUAL = frozenset({b"\\flagged", b"\\important", b"\\starred"})
# Folders that show all mail, what is in no other folder too (RFC 6154 §2; at Gmail that is archived mail).
EVERYTHING = frozenset({b"\\all", b"\\allmail"})

# Best known first: of two folders whose names claim one role, the earlier name wins.
_NAMES: Mapping[Role, str] = {
    Role.SENT: """
        Sent; Sent Items; Sent Messages; Sent Mail; Sent-Mail
        Envoyés; Éléments envoyés; Messages envoyés; Courrier envoyé; Objets envoyés
        Gesendet; Gesendete Elemente; Gesendete Objekte; Gesendete Nachrichten; Gesendete
        Enviados; Elementos enviados; Mensajes enviados; Correo enviado; Correos enviados
        Itens enviados; Mensagens enviadas; Itens Enviados; E-mails enviados; Enviadas; Correio enviado
        Inviati; Posta inviata; Messaggi inviati; Elementi inviati; Inviata
        Verzonden; Verzonden items; Verzonden berichten; Verzonden objecten
        Sendt; Sendte; Sendte elementer; Sendt post; Sendte meldinger
        Skickat; Skickade; Skickade objekt; Skickade meddelanden
        Lähetetyt; Lähetetyt kohteet; Lähetetyt viestit
        Wysłane; Elementy wysłane; Wiadomości wysłane; Wysłane elementy
        Odeslané; Odeslaná pošta; Odeslané položky; Odeslané zprávy
        Odoslané; Odoslaná pošta; Odoslané položky
        Elküldött; Elküldött elemek; Elküldött üzenetek
        Trimise; Elemente trimise; Mesaje trimise
        Изпратени; Отправленные; Отправленные элементы; Надіслані; Відправлені
        Απεσταλμένα; Σταλθέντα
        Gönderilmiş; Gönderilenler; Gönderilmiş Öğeler; Gönderilmiş Postalar
        送信済み; 送信済みアイテム; 送信済みメール; 送信控え; 已发送; 已发送邮件; 已傳送; 寄件備份; 寄件匣備份; 已发邮件
        보낸 편지함; 보낸편지함; 보낸 메일함; المرسلة; البريد المرسل; العناصر المرسلة; נשלח; פריטים שנשלחו; דואר שנשלח
        Poslano; Poslane stavke; Izsiųsta; Saadetud; Enviats; Elements enviats; Đã gửi; Terkirim
    """,
    Role.DRAFTS: """
        Drafts; Draft; Draft Messages
        Brouillons; Brouillon
        Entwürfe; Entwurf
        Borradores; Borrador
        Rascunhos; Rascunho
        Bozze; Bozza
        Concepten
        Kladder; Kladde; Utkast
        Luonnokset
        Szkice; Kopie robocze; Wersje robocze; Robocze
        Koncepty; Rozepsané; Rozpísané
        Piszkozatok; Piszkozat
        Schițe; Ciorne
        Чернови; Черновики; Чернетки
        Πρόχειρα
        Taslaklar; Taslak
        下書き; 草稿; 草稿箱; 草稿匣
        임시 보관함; 임시보관함; مسودات; المسودات; טיוטות
        Nacrti; Osnutki; Juodraščiai; Mustandid; Esborranys; Thư nháp; Draf
    """,
    Role.DELETED: """
        Trash; Deleted Items; Deleted Messages; Deleted; Bin; Rubbish; Wastebasket
        Corbeille; Éléments supprimés; Messages supprimés; Supprimés; Poubelle
        Papierkorb; Gelöschte Elemente; Gelöschte Objekte; Gelöscht; Gelöschte Nachrichten
        Papelera; Papelera de reciclaje; Elementos eliminados; Eliminados; Mensajes eliminados
        Lixeira; Lixo; Itens excluídos; Itens eliminados; Excluídos
        Cestino; Posta eliminata; Elementi eliminati; Messaggi eliminati; Eliminata
        Prullenbak; Verwijderde items; Verwijderd; Verwijderde berichten
        Papirkurv; Slettet; Slettede elementer; Slettet post; Papperskorgen; Borttaget; Borttagna objekt
        Roskakori; Poistetut; Poistetut kohteet
        Kosz; Elementy usunięte; Usunięte
        Koš; Odstraněná pošta; Odstraněné položky; Kôš; Odstránené položky
        Törölt; Törölt elemek; Lomtár
        Coș de gunoi; Coș; Elemente șterse
        Кошче; Изтрити; Корзина; Удаленные; Удалённые; Удаленные элементы; Кошик; Видалені
        Κάδος; Κάδος απορριμμάτων; Διαγραμμένα
        Çöp; Çöp Kutusu; Silinmiş Öğeler; Silinmiş
        ゴミ箱; ごみ箱; 削除済みアイテム; 已删除; 已删除邮件; 废件箱; 垃圾桶; 已刪除的郵件; 刪除的郵件
        휴지통; 지운 편지함; المهملات; العناصر المحذوفة; سلة المهملات; אשפה; פריטים שנמחקו
        Smeće; Koš za smeti; Šiukšlinė; Prügikast; Paperera; Thùng rác; Sampah
    """,
    Role.JUNK: """
        Junk; Spam; Junk Email; Junk E-mail; Junk Mail; Bulk Mail; Bulk
        Indésirables; Courrier indésirable; Pourriel; Pourriels; Messages indésirables
        Spamverdacht; Junk-E-Mail; Unerwünscht
        Correo no deseado; No deseado; Correo basura
        Lixo eletrônico; Lixo eletrónico; Correio eletrónico não solicitado; Lixo Electrónico
        Posta indesiderata; Indesiderata
        Ongewenst; Ongewenste e-mail; Ongewenste post
        Uønsket; Uønsket post; Uønsket e-mail; Søppelpost; Skräppost
        Roskaposti
        Wiadomości-śmieci; Wiadomości śmieci; Niechciane
        Nevyžádaná pošta; Nevyžádané; Nevyžiadaná pošta
        Levélszemét
        Mesaje nedorite; Nedorite
        Спам; Нежелательная почта; Нежелана поща; Небажана пошта
        Ανεπιθύμητα; Ανεπιθύμητη αλληλογραφία
        İstenmeyen; Önemsiz; Önemsiz E-posta; İstenmeyen Posta
        迷惑メール; 垃圾邮件; 垃圾郵件; 垃圾信件匣
        스팸; 스팸 편지함; 스팸메일함; 정크 메일; البريد غير الهام; البريد العشوائي; דואר זבל
        Neželjena pošta; Neželena pošta; Brukalas; Rämpspost; Correu brossa; Thư rác
    """,
    Role.ARCHIVE: """
        Archive; Archives; Archived; Archivées
        Archiv; Archivo; Arquivo; Arquivados; Archivio; Archief; Arkiv; Arkisto; Archiwum; Archív
        Archívum; Arhivă; Архив; Архів; Αρχείο; Αρχειοθήκη; Arşiv; アーカイブ; 存档; 归档; 封存; 보관함
        أرشيف; الأرشيف; ארכיון; Arhiva; Arhiv; Archyvas; Arhiiv; Arxiu; Lưu trữ; Arsip
    """,
}


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _table() -> dict[str, tuple[Role, int]]:
    table: dict[str, tuple[Role, int]] = {}
    for role, text in _NAMES.items():
        names = [name.strip() for line in text.strip().splitlines() for name in line.split(";")]
        for rank, name in enumerate(names):
            table.setdefault(_folded(name), (role, rank))
    return table


_BY_NAME = _table()


def role_by_attributes(attributes: frozenset[bytes]) -> Role | None:
    """The role that the server itself gives a folder. Attributes are lower-case."""
    return next((role for attribute, role in ATTRIBUTES.items() if attribute in attributes), None)


def role_by_name(name: str) -> tuple[Role, int] | None:
    """The role that a folder's name suggests, and how well known the name is (0 is best)."""
    return _BY_NAME.get(_folded(name))
