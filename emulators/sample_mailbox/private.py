# ruff: noqa: E501  # letters are as long as their authors made them
"""Family, friends, ideas, and what is thrown away."""

from __future__ import annotations

from emulators.sample_mailbox.letter import (
    ARCHIVE,
    DRAFTS,
    FAMILY,
    FRIENDS,
    IDEAS,
    INBOX,
    JUNK,
    OWNER,
    RECEIPTS,
    SENT,
    TRASH,
    Attachment,
    Kind,
    Letter,
    on,
)

_MUM = "Hélène Martin <helene.martin@example.net>"
_BROTHER = "Jean-Luc Martin <jl@martin-menuiserie.example>"
_TOM = "Tom Whitfield <tom@whitfield.example>"
_CHOIR = "Chorale des Pentes <bureau@chorale-pentes.example>"

LETTERS = (
    Letter(FAMILY, _MUM, "Dimanche midi", """Ma Clairette,

Ton père fait un gigot dimanche. Vous venez vers midi ? Apporte juste du pain, le bon, celui de la place.

Bisous
Maman
""", on(2025, 10, 16, 17, 40), flags="SR", label="Personal"),
    Letter(SENT, OWNER, "Re: Dimanche midi", "Oui pour dimanche ! Je prends aussi une tarte.\n\nClaire\n",
           on(2025, 10, 16, 18, 2), to=_MUM),
    Letter(FAMILY, _MUM, "Photos du jardin", """Regarde comme les dahlias ont poussé !

Maman
""", on(2024, 8, 21, 10, 10), html=True, attachments=(
        Attachment("dahlias.png", Kind.PICTURE, inline=True), Attachment("tonnelle.png", Kind.PICTURE, inline=True))),
    Letter(FAMILY, _MUM, "Le dossier de la maison", """Claire,

Voilà l'acte et le plan, comme convenu. Garde-les bien, ton père perd tout.

Maman
""", on(2021, 3, 2, 8, 15), flags="FS", label="Important", attachments=(
        Attachment("acte de vente.pdf", Kind.DOCUMENT, "Étude de Maître Vernay\nActe du 14 mai 1987\nParcelle AB 217"),
        Attachment("plan du rez-de-chaussée.png", Kind.PICTURE))),
    Letter(FAMILY, _BROTHER, "Étagères", """Salut sœurette,

J'ai du chêne qui reste d'un chantier. Tu veux toujours tes étagères ? Dis-moi : 2,40 m ou 2,60 m ?

JL
""", on(2023, 11, 6, 19, 20), flags="SR"),
    Letter(SENT, OWNER, "Re: Étagères", "2,40 m, avec un rayon plus haut pour les atlas. Merci, tu es un amour.\n",
           on(2023, 11, 6, 20, 3), to=_BROTHER),
    Letter(FAMILY, _BROTHER, "Naissance", """Elle est là ! Zoé, 3,2 kg, 49 cm. Tout le monde va bien, le papa un peu moins.

JL
""", on(2020, 6, 30, 4, 51), flags="FS", attachments=(Attachment("Zoé.png", Kind.PICTURE),)),
    Letter(ARCHIVE, _BROTHER, "Demenagement samedi", "Rendez-vous a 8 h devant chez toi, j'amene le camion.\n\nJL\n",
           on(2016, 3, 12, 21, 5), charset="us-ascii"),
    Letter(FRIENDS, _TOM, "Your sofa, our mountains", """Hi Claire,

We land on Friday at 18:10. If the sofa is still free we'd love to stay until Tuesday.
I'm bringing the cheese you asked for. Yes, the smelly one.

Tom
""", on(2019, 5, 13, 20, 44), flags="SR"),
    Letter(FRIENDS, _TOM, "Re: Re: the smelly one", """It was confiscated. I mourn it still.

Tom
""", on(2019, 5, 18, 9, 0)),
    Letter(INBOX, _TOM, "Trail notes + photo", """Claire,

notes from the walk, before I forget the names of everything. Second half is rough.

T.
""", on(2025, 8, 30, 21, 15), flags="S", html=True, attachments=(
        Attachment("ridge.png", Kind.PICTURE, inline=True),
        Attachment("trail notes.txt", Kind.TEXT, "Day 1: car park, stile, bog.\nDay 2: ridge; two buzzards.\nDay 3: rain.\n"))),
    Letter(INBOX, _CHOIR, "Répétition déplacée au jeudi 🎶", """Bonjour à toutes et à tous,

La salle étant prise mardi, nous répétons jeudi à 19 h 30. Pensez à vos partitions du Fauré.

Le bureau
""", on(2025, 11, 10, 7, 30), flags=""),
    Letter(ARCHIVE, _CHOIR, "Concert de Noël : qui apporte quoi", """Il nous manque : 3 gâteaux, 2 thermos, des gobelets.

Le bureau
""", on(2017, 12, 3, 18, 12)),
    Letter(IDEAS, OWNER, "Idée : glossaire vivant", """Un glossaire qui vieillit avec le projet : chaque terme garde la date de sa dernière discussion.
Ceux qu'on n'a pas discutés depuis un an passent en gris.
""", on(2024, 2, 9, 23, 14), to=OWNER, flags="FS"),
    Letter(IDEAS, OWNER, "Idea: lunch talk on untranslatable menus 🍽️", """Start with the andouillette. End with the customer who ordered "lawyer in sauce".
""", on(2023, 6, 1, 12, 1), to=OWNER),
    Letter(IDEAS, OWNER, "Titre pour l'atelier", "« Traduire le silence » ? Trop ? Peut-être pas.\n",
           on(2025, 1, 27, 22, 40), to=OWNER, label="Later"),
    Letter(IDEAS, OWNER, "à lire", "le livre sur les cartes imaginaires, rayon du fond, couverture bleue\n",
           on(2018, 11, 17, 15, 0), to=OWNER),
    Letter(DRAFTS, OWNER, "Lettre à la mairie (brouillon)", """Madame, Monsieur,

Je me permets de vous écrire au sujet du banc de la place, qui
""", on(2025, 10, 30, 21, 12), to="mairie@lyon.example", flags="D"),
    Letter(DRAFTS, OWNER, "", "penser à répondre à Inés pour le train du retour\n", on(2025, 10, 6, 8, 3), to="", flags="DS"),
    Letter(DRAFTS, OWNER, "Tarifs 2026", """Chère cliente, cher client,

Au 1er janvier 2026, mes tarifs
""", on(2025, 11, 14, 16, 55), to="clients@example.org", flags="DS", attachments=(
        Attachment("tarifs 2026.csv", Kind.TABLE, "prestation;prix\ntraduction (mot);0,16\nrelecture (heure);62\n"),)),
    Letter(TRASH, "Le Fournil <bonjour@fournil.example>", "Votre carte de fidélité", "Il vous reste 2 tampons.\n",
           on(2025, 9, 3, 6, 0)),
    Letter(TRASH, "Parking Terreaux <avis@parking.example>", "Ticket n° 55812", "Merci de votre visite.\n",
           on(2025, 7, 19, 17, 33)),
    Letter(TRASH, "Salon Livre & Co <expo@livreco.example>", "Plan du salon", "Le plan des stands est en ligne.\n",
           on(2024, 11, 8, 11, 0), flags=""),
    Letter(JUNK, "PRIZE OFFICE <winner@lucky.example>", "YOU WON!!! €€€", "Dear winner, send us your shoe size.\n",
           on(2025, 11, 1, 3, 3), flags=""),
    Letter(JUNK, "Dr. Ötzi <offers@pills.example>", "Jünger in 5 Tagen", "Das Geheimnis aus dem Eis.\n",
           on(2025, 10, 22, 2, 41), flags=""),
    Letter(JUNK, "\"Claire Martin\" <claire@example.org.lucky.example>", "votre facture impayée", "Ouvrez le fichier joint.\n",
           on(2025, 10, 12, 1, 1), flags="", attachments=(Attachment("facture.txt", Kind.TEXT, "Rien ici.\n"),)),
    Letter(RECEIPTS, "Librairie Grandvaux <commandes@grandvaux.example>", "Facture n° 20387 – merci !", """Bonjour Madame Martin,

Votre commande est prête. La facture est jointe : 3 livres, 61,40 €.

Librairie Grandvaux
""", on(2022, 12, 9, 10, 22), attachments=(
        Attachment("facture 20387.pdf", Kind.DOCUMENT, "Librairie Grandvaux\nFacture 20387\nTotal TTC : 61,40 €"),)),
    Letter(RECEIPTS, "Cycles Perrache <atelier@cycles.example>", "Révision du vélo", """Freins, câbles, dérailleur : 85 €. Prêt vendredi.
""", on(2024, 4, 11, 15, 18)),
    Letter(INBOX, "Cabinet Dr Roux <rdv@cabinet-roux.example>", "Rappel : rendez-vous du 2 décembre", """Madame Martin,

Nous vous rappelons votre rendez-vous du 2 décembre à 8 h 45.
""", on(2025, 11, 18, 6, 30), flags="F", label="Important", attachments=(
        Attachment("rendez-vous.ics", Kind.APPOINTMENT, "20251202T074500Z|20251202T081500Z|Dr Roux|Lyon"),)),
)
