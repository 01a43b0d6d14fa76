# ruff: noqa: E501  # letters are as long as their authors made them
"""Clients, colleagues and projects."""

from __future__ import annotations

from emulators.sample_mailbox.letter import (
    ARCHIVE,
    ATLAS,
    HARBOUR,
    INBOX,
    LEXICON,
    OWNER,
    PROJECTS,
    SENT,
    YEAR,
    Attachment,
    Kind,
    Letter,
    on,
)

_NADIA = "Nadia Benali <nadia.benali@atlas-editions.example>"
_PAUL = "Paul Okafor <paul.okafor@harbourtrust.example>"
_SYLVIE = "Sylvie Vernet <s.vernet@clinique-confluence.example>"
_HUGO = "Hugo Lefèvre <hugo@example.org>"

LETTERS = (
    Letter(ATLAS, _NADIA, "Atlas : lancement", """Bonjour Claire,

Le contrat est signé, nous pouvons commencer. Douze chapitres, quatre langues, remise finale le 15 décembre.
Le calendrier et la charte sont joints. Hugo connaît déjà la moitié de l'équipe.

Nadia
""", on(2025, 1, 13, 8, 30), flags="FS", label="Important", attachments=(
        Attachment("calendrier.csv", Kind.TABLE, "chapitre;remise\n1;2025-02-28\n2;2025-03-31\n3;2025-04-30\n"),
        Attachment("charte typographique.pdf", Kind.DOCUMENT, "Atlas Éditions\nCharte typographique\nGuillemets : « »"))),
    Letter(SENT, OWNER, "Re: Atlas : lancement", """Bonjour Nadia,

Bien reçu, merci. Je propose un point court chaque lundi à 9 h.

Claire
""", on(2025, 1, 13, 10, 2), to=_NADIA),
    Letter(ATLAS, _NADIA, "Carte du chapitre 4", """Claire,

La légende déborde. Regarde l'image : « Méditerranée occidentale » ne tient pas. Une idée ?

Nadia
""", on(2025, 5, 6, 9, 15), flags="SR", html=True, attachments=(Attachment("carte-4.png", Kind.PICTURE, inline=True),)),
    Letter(SENT, OWNER, "Re: Carte du chapitre 4", "« Méditerranée ouest » sur deux lignes, corps 7.\n\nC.\n",
           on(2025, 5, 6, 9, 48), to=_NADIA),
    Letter(ATLAS, _HUGO, "mémoire de traduction à jour", """Salut,

J'ai fusionné les deux mémoires : 18 240 segments, 312 conflits résolus. Le reste est dans le fichier.

Hugo
""", on(2025, 5, 28, 15, 32), label="Work", attachments=(
        Attachment("conflits.csv", Kind.TABLE, "".join(f"{n};segment {n};à revoir\n" for n in range(1, 60))),)),
    Letter(ATLAS, _NADIA, "Retard du chapitre 7", """Claire,

L'auteur demande dix jours. On décale la relecture au 20, d'accord ?

Nadia
""", on(2025, 8, 4, 7, 20), flags="SR"),
    Letter(ATLAS, _NADIA, "Épreuves des chapitres 1 à 6", """Bonjour Claire,

Les épreuves sont là. Merci de renvoyer les corrections pour vendredi.

Nadia
""", on(2025, 9, 22, 11, 11), flags="S", label="To Do", attachments=(
        Attachment("épreuves 1-6.pdf", Kind.DOCUMENT, "\n".join(f"Chapitre {n} ......... page {n * 14}" for n in range(1, 7))),)),
    Letter(INBOX, _NADIA, "Atlas : dernière ligne droite", """Claire,

Il reste l'index et la quatrième de couverture. L'imprimeur attend le 12.
Peux-tu me confirmer le nombre de signes de l'index ?

Nadia
""", on(2025, 11, 17, 8, 5), flags="F", label="Important"),
    Letter(HARBOUR, _PAUL, "Harbour guide: scope", """Dear Claire,

Thank you for the call. To sum up: one visitor guide of 64 pages, English into French, Spanish, Japanese, Chinese,
Greek and Arabic. We supply the text in three parts. Photographs are not to be translated, captions are.

Best wishes
Paul
""", on(2025, 6, 2, 13, 0), flags="FS", label="Work"),
    Letter(HARBOUR, _PAUL, "Part one", """Claire,

Part one attached as plain text, the layout will follow. The lighthouse keeper's name is spelt Breathnach, please
keep it so in every language that has letters for it.

Paul
""", on(2025, 6, 30, 9, 26), attachments=(
        Attachment("part-1.txt", Kind.TEXT, "The harbour was dug by hand.\n" * 40),)),
    Letter(HARBOUR, _PAUL, "The lighthouse picture", """One for your wall.

Paul
""", on(2025, 7, 15, 18, 37), html=True, attachments=(Attachment("lighthouse.png", Kind.PICTURE, inline=True),)),
    Letter(INBOX, _PAUL, "Quick question about the Arabic layout", """Hi Claire,

our designer asks whether the page numbers go left or right in the Arabic edition. I told her you would know.

Paul
""", on(2025, 11, 13, 14, 52), flags="SR"),
    Letter(SENT, OWNER, "Re: Quick question about the Arabic layout", """Hi Paul,

mirror the whole spread: the spine moves, the numbers follow. Amira will check a proof page.

Claire
""", on(2025, 11, 13, 15, 20), to=_PAUL),
    Letter(SENT, OWNER, "Harbour guide: team and dates", """Dear Paul,

the team: Kenji (ja), Mei-ling (zh), Maria (el), Amira (ar), Inés (es), and I do the French.
First drafts by the end of August, final files by mid-November.

Claire
""", on(2025, 6, 3, 7, 45), to=_PAUL, attachments=(
        Attachment("dates.csv", Kind.TABLE, "language,draft,final\nfr,2025-08-15,2025-11-14\nja,2025-08-29,2025-11-14\n"),)),
    Letter(LEXICON, _SYLVIE, "Lexique médical : convention", """Madame Martin,

Veuillez trouver ci-joint la convention signée. Les fiches ne doivent pas quitter vos locaux.

S. Vernet
""", on(2023, 2, 1, 9, 0), flags="FS", label="Important", attachments=(
        Attachment("convention.pdf", Kind.DOCUMENT, "Clinique de la Confluence\nConvention de prestation\n1er février 2023"),)),
    Letter(LEXICON, _SYLVIE, "Fiches A à F", """Bonjour,

Les fiches A à F sont validées, sauf « embolie », que le Dr Petit veut relire.

S. Vernet
""", on(2023, 4, 4, 16, 8), charset="iso-8859-1"),
    Letter(LEXICON, _SYLVIE, "Merci", """Le lexique est en ligne. Toute l'équipe vous remercie, et moi la première.

Sylvie Vernet
""", on(2023, 9, 29, 12, 34), flags="FS"),
    Letter(PROJECTS, _HUGO, "modèle de devis", """Le modèle à jour, avec la TVA et les mentions. Ne modifie pas la ligne 12 !

Hugo
""", on(2022, 9, 5, 10, 10), attachments=(
        Attachment("devis.csv", Kind.TABLE, "ligne;libellé;prix\n11;traduction;\n12;NE PAS TOUCHER;\n"),)),
    Letter(YEAR, _HUGO, "Planning 2025", """Proposition de planning : Atlas jusqu'en décembre, Harbour dès juin. On se garde août.

Hugo
""", on(2025, 1, 3, 9, 30), label="Work"),
    Letter(SENT, OWNER, "Re: Planning 2025", "Parfait. On se garde vraiment août.\n", on(2025, 1, 3, 9, 58), to=_HUGO),
    Letter(INBOX, _HUGO, "sauvegardes", """Claire,

le vieux disque commence à claquer. Je copie tout cette nuit ; n'éteins rien, s'il te plaît.

Hugo
""", on(2025, 10, 21, 17, 45), flags="PS"),
    Letter(INBOX, "Agence Quai 7 <projets@quai7.example>", "Demande de devis : site en 3 langues", """Bonjour,

Nous cherchons une traductrice pour un site de 14 000 mots (fr > en, de). Quel serait votre délai ?

Agence Quai 7
""", on(2025, 11, 19, 9, 41), flags=""),
    Letter(INBOX, "Marta Lind <marta.lind@nordverlag.example>", "Nachfrage: Übersetzungsrechte", """Sehr geehrte Frau Martin,

wer hält die Rechte an Ihrer Übersetzung von 2018? Wir planen eine Taschenbuchausgabe.

Mit freundlichen Grüßen
Marta Lind
""", on(2025, 11, 20, 10, 17), flags=""),
    Letter(ARCHIVE, _HUGO, "premier jour !", "Bienvenue à bord. Le café est à gauche, l'imprimante ment.\n\nHugo\n",
           on(2016, 4, 4, 6, 58)),
    Letter(ARCHIVE, "Éditions du Pont <contrats@editions-pont.example>", "Votre contrat de traduction", """Madame,

Nous avons le plaisir de vous adresser votre contrat en deux exemplaires.

Éditions du Pont
""", on(2018, 2, 20, 9, 9), attachments=(
        Attachment("contrat.pdf", Kind.DOCUMENT, "Éditions du Pont\nContrat de traduction\n320 feuillets"),)),
    Letter(ARCHIVE, _PAUL, "Nice to meet you", "A pleasure to meet you at the fair. Let's stay in touch.\n\nPaul\n",
           on(2022, 10, 21, 16, 0)),
    Letter(INBOX, "Conférence Babel <programme@babel.example>", "Ihr Vortrag / votre intervention / your talk", """Dear speaker, liebe Rednerin, chère intervenante,

your talk is on Friday at 14:00, room 2. / Ihr Vortrag ist am Freitag um 14 Uhr. / Vous parlez vendredi à 14 h.

Babel
""", on(2025, 10, 2, 8, 0), flags="SR", attachments=(
        Attachment("talk.ics", Kind.APPOINTMENT, "20251024T120000Z|20251024T130000Z|Babel: Claire Martin|Zaragoza\\, room 2"),)),
)
