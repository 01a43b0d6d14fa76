# ruff: noqa: E501  # letters are as long as their authors made them
"""Letters from other countries, in their languages and in the charsets their programs wrote."""

from __future__ import annotations

from emulators.sample_mailbox.letter import (
    ARCHIVE,
    ATLAS,
    FRIENDS,
    HARBOUR,
    INBOX,
    LEXICON,
    OWNER,
    SENT,
    Attachment,
    Kind,
    Letter,
    on,
)

_KENJI = "森 健二 <kenji.mori@kotoba.example>"
_MARIA = "Μαρία Παπαδοπούλου <maria@lexis.example>"
_AMIRA = "أميرة حداد <amira.haddad@tarjama.example>"
_PJOTR = "Пётр Ильич Соколов <p.sokolov@slovo.example>"
_LIN = "林 美玲 <meiling.lin@hanyu.example>"
_GRETA = "Greta Köster <greta.koester@wortwerk.example>"
_INES = "Inés Ortega <ines@puente.example>"

LETTERS = (
    Letter(INBOX, _KENJI, "ハーバーガイドの日本語版について", """マルタン様

いつもお世話になっております。ことば工房の森です。
港湾ガイドの日本語版ですが、第三章までの訳文を確認いたしました。
用語集と異なる箇所がいくつかありましたので、表にまとめてお送りします。

ご確認のほど、よろしくお願いいたします。

森 健二
""", on(2025, 9, 18, 1, 40), flags="SR", label="Work", attachments=(
        Attachment("用語の違い.csv", Kind.TABLE, "章,原文,訳文,用語集\n1,berth,停泊所,係留場所\n2,pilot,案内人,水先人\n"),)),
    Letter(SENT, OWNER, "Re: ハーバーガイドの日本語版について", """森様

ご連絡ありがとうございます。用語集のほうに合わせてください。
「水先人」で統一をお願いいたします。

クレール・マルタン
""", on(2025, 9, 18, 7, 5), to=_KENJI),
    Letter(HARBOUR, _KENJI, "納品のご連絡", """マルタン様

第四章から第六章の訳文を納品いたします。
ご不明な点がございましたら、お知らせください。

森
""", on(2025, 10, 2, 2, 15), charset="iso-2022-jp"),
    Letter(ARCHIVE, _KENJI, "新年のご挨拶", """明けましておめでとうございます。
本年もどうぞよろしくお願いいたします。

ことば工房 森 健二
""", on(2019, 1, 4, 0, 30), charset="shift_jis"),
    Letter(INBOX, _MARIA, "Διορθώσεις για το κεφάλαιο 2", """Καλημέρα Claire,

Διάβασα το δεύτερο κεφάλαιο. Η μετάφραση είναι πολύ καλή, αλλά στη σελίδα 41 λείπει μια παράγραφος.
Σου στέλνω τις σημειώσεις μου.

Φιλικά,
Μαρία
""", on(2025, 11, 3, 8, 25), flags="F", attachments=(
        Attachment("σημειώσεις.txt", Kind.TEXT, "Σελ. 41: λείπει η τρίτη παράγραφος.\nΣελ. 44: «λιμάνι», όχι «όρμος».\n"),)),
    Letter(FRIENDS, _MARIA, "Φωτογραφίες από τη Νάξο", """Γεια σου Claire!

Επιτέλους σου στέλνω τις φωτογραφίες από το καλοκαίρι. Πότε θα έρθεις ξανά;

Μαρία
""", on(2018, 9, 9, 17, 2), charset="iso-8859-7"),
    Letter(INBOX, _AMIRA, "مراجعة الترجمة العربية", """عزيزتي كلير،

انتهيت من مراجعة الفصل الأول والفصل الثاني. أرجو إرسال قائمة المصطلحات المحدثة قبل يوم الخميس.

مع أطيب التحيات،
أميرة حداد
""", on(2025, 10, 14, 6, 50), label="To Do"),
    Letter(SENT, OWNER, "رد: مراجعة الترجمة العربية", """عزيزتي أميرة،

شكرا جزيلا. القائمة مرفقة بهذه الرسالة.

كلير
""", on(2025, 10, 14, 12, 18), to=_AMIRA, attachments=(
        Attachment("المصطلحات.csv", Kind.TABLE, "ميناء,port\nرصيف,quay\nمرشد,pilot\n"),)),
    Letter(FRIENDS, _AMIRA, "تهنئة بالعام الجديد", """كل عام وأنت بخير يا كلير!

نتمنى أن نراك في بيروت هذا الربيع.

أميرة وعائلتها
""", on(2020, 1, 1, 9, 0), charset="windows-1256"),
    Letter(INBOX, _PJOTR, "Вопросы по медицинскому словарю", """Уважаемая Клэр!

У меня три вопроса по словарю: статьи «анамнез», «гипоксия» и «сосуд». Варианты перевода прилагаю.
Жду вашего ответа до пятницы.

С уважением,
Пётр Соколов
""", on(2023, 4, 20, 10, 33), flags="SR", attachments=(
        Attachment("Вопросы.txt", Kind.TEXT, "1. анамнез: anamnèse или antécédents?\n2. гипоксия\n3. сосуд: vaisseau\n"),)),
    Letter(LEXICON, _PJOTR, "Словарь: готовые статьи", """Клэр, добрый день!

Отправляю статьи на буквы А, Б и В. Остальное будет на следующей неделе.

Пётр
""", on(2023, 5, 2, 14, 45), charset="koi8-r"),
    Letter(ARCHIVE, _PJOTR, "С праздником", "Поздравляю с Новым годом! Здоровья и хороших текстов.\n\nПётр\n",
           on(2017, 12, 31, 20, 0), charset="windows-1251", raw=True),
    Letter(INBOX, _LIN, "关于合同的几个问题", """克莱尔您好:

合同已经收到。第五条的付款期限能否改为三十天?另外,请提供发票的抬头。

林美玲
汉语翻译社
""", on(2025, 11, 12, 3, 20), flags="", html=True),
    Letter(HARBOUR, _LIN, "译文第一稿", "附件是第一章的译文,请查收。\n\n林美玲\n", on(2025, 8, 28, 4, 4), charset="gb2312"),
    Letter(FRIENDS, _LIN, "中秋節快樂", "克萊爾,祝你中秋節快樂!月餅已經寄出。\n\n美玲\n", on(2021, 9, 21, 5, 12), charset="big5"),
    Letter(INBOX, _GRETA, "Angebot für das Lektorat der Broschüre", """Liebe Claire,

vielen Dank für die Anfrage. Für die 48 Seiten rechnen wir mit zwölf Stunden; das Angebot hängt an.
Die Größe der Bildunterschriften müssten wir noch klären – auf Seite 17 paßt „Fußgängerbrücke“ nicht in den Rahmen.

Herzliche Grüße aus Münster
Greta
""", on(2025, 10, 27, 13, 9), flags="SR", label="Work", html=True, attachments=(
        Attachment("Angebot Köster.pdf", Kind.DOCUMENT,
                   "Wortwerk Köster\nAngebot 2025-118\n12 Stunden Lektorat à 78,00 €\nSumme: 936,00 €"),)),
    Letter(SENT, OWNER, "Re: Angebot für das Lektorat der Broschüre", """Liebe Greta,

einverstanden, bitte fangt an. Die Bildunterschriften kürze ich selbst: „Steg“ reicht.

Viele Grüße
Claire
""", on(2025, 10, 27, 16, 40), to=_GRETA),
    Letter(ARCHIVE, _GRETA, "Übersetzertag in Köln: Rückblick", """Hallo Claire,

schön war's! Anbei die Folien; die Fotos schicke ich später. Grüße an Jean-Luc.

Greta
""", on(2016, 10, 4, 7, 55), charset="iso-8859-1", raw=True),
    Letter(INBOX, _INES, "¿Nos vemos en Zaragoza?", """¡Hola, Claire!

El congreso empieza el día 12 y he reservado una mesa para las nueve de la noche. ¿Te apuntas?
Trae a Jean-Luc si le apetece; el año pasado nos reímos muchísimo.

Un abrazo,
Inés
""", on(2025, 9, 30, 18, 22), flags="SR", label="Personal"),
    Letter(SENT, OWNER, "Re: ¿Nos vemos en Zaragoza?", "¡Claro que sí! Llego en tren a las siete.\n\nClaire\n",
           on(2025, 9, 30, 19, 1), to=_INES),
    Letter(ATLAS, _INES, "Atlas: revisión del capítulo español", """Claire:

La revisión está lista. He marcado en amarillo los topónimos dudosos: «Peñíscola», «Logroño» y «A Coruña».

Inés
""", on(2025, 6, 11, 9, 47), attachments=(
        Attachment("topónimos.csv", Kind.TABLE, "original;propuesta\nCorunna;A Coruña\nSaragossa;Zaragoza\n"),)),
    Letter(FRIENDS, _INES, "Receta de la abuela", """La tortilla, como prometí:

seis huevos, cuatro patatas, una cebolla, aceite y paciencia.

Inés
""", on(2022, 2, 13, 11, 30), charset="iso-8859-15"),
    Letter(ATLAS, "Søren Ångström <soren@kort.example>", "Kartnavne på færøsk", """Hej Claire,

Her er listen over de navne, der mangler: Tórshavn, Klaksvík, Eiði og Gjógv.

Mange hilsner
Søren
""", on(2025, 4, 8, 12, 12)),
    Letter(INBOX, "Łukasz Żółkiewski <lukasz@przeklad.example>", "Zażółć gęślą jaźń: testy czcionek", """Cześć Claire,

nowa czcionka nie ma znaków ą i ź. Czy możemy wrócić do poprzedniej?

Łukasz
""", on(2025, 10, 9, 9, 9), charset="iso-8859-2"),
)
