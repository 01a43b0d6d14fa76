# ruff: noqa: E501  # letters are as long as their authors made them
"""Letters that come again and again: reports, receipts, tickets, newsletters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from emulators.sample_mailbox.letter import (
    ARCHIVE,
    ATLAS,
    INBOX,
    OWNER,
    RECEIPTS,
    SENT,
    TRASH,
    Attachment,
    Kind,
    Letter,
    on,
)

_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre")
_TOWNS = ("Paris", "Genève", "Zaragoza", "Marseille", "Köln", "Torino")
_TOPICS = ("les faux amis", "la ponctuation", "le sous-titrage", "les cartes anciennes", "le droit d'auteur",
           "la poésie", "les noms de plantes", "l'oreille", "les dialectes", "la bande dessinée")


def series() -> list[Letter]:
    """All letters of all series."""
    return [*_reports(), *_phone_bills(), *_rents(), *_tickets(), *_newsletters(), *_association(), *_builds()]


def _reports() -> Iterator[Letter]:
    """Claire's reports of every second Monday on the atlas, as she sent them and as Nadia confirmed some of them."""
    for week in range(1, 22):
        day = on(2025, 1, 13, 8, week) + timedelta(weeks=2 * week)
        done = week * 1240
        yield Letter(SENT, OWNER, f"Atlas, point n° {week}", f"""Bonjour Nadia,

Point n° {week} : {done} mots traduits, {done // 3} relus. Rien ne bloque.

Claire
""", day, to="Nadia Benali <nadia.benali@atlas-editions.example>", attachments=(
            Attachment(f"point-{week:02}.csv", Kind.TABLE, f"langue;mots\nfr;{done}\nes;{done // 2}\nde;{done // 4}\n"),))
        if week % 4 == 0:
            yield Letter(ATLAS, "Nadia Benali <nadia.benali@atlas-editions.example>", f"Re: Atlas, point n° {week}",
                         "Merci, c'est noté.\n\nNadia\n", day.replace(hour=11))


def _phone_bills() -> Iterator[Letter]:
    for number in range(24):
        year, month = 2023 + number // 12, number % 12
        total = f"{19 + number % 3},{(number * 37) % 100:02} €"
        yield Letter(RECEIPTS, "Fil Mobile <factures@filmobile.example>", f"Votre facture de {_MONTHS[month]} {year}", f"""Bonjour,

Votre facture de {_MONTHS[month]} {year} est disponible : {total}, prélevée le 28.

Fil Mobile
""", on(year, month + 1, 21, 4, 30), html=number % 2 == 0, attachments=(
            Attachment(f"facture-{year}-{month + 1:02}.pdf", Kind.DOCUMENT,
                       f"Fil Mobile\nFacture {year}-{month + 1:02}\nTotal : {total}"),))


def _rents() -> Iterator[Letter]:
    for year in range(2016, 2026):
        yield Letter(RECEIPTS, "Régie Tête d'Or <quittances@regie.example>", f"Quittances de loyer {year}", f"""Madame Martin,

Veuillez trouver la quittance pour l'année {year}.

La régie
""", on(year, 12, 19, 10, 0), charset="iso-8859-1" if year < 2019 else "utf-8")


def _tickets() -> Iterator[Letter]:
    for number in range(12):
        town = _TOWNS[number % len(_TOWNS)]
        year, month = 2019 + number // 2, 3 + (number % 2) * 6
        start = f"{year}{month:02}12T0{6 + number % 3}0000Z"
        yield Letter(ARCHIVE, "Rail <billets@rail.example>", f"Votre billet Lyon – {town}", f"""Bonjour Claire MARTIN,

Votre billet pour {town} est joint. Voiture {number + 2}, place {number * 7 + 11}.
""", on(year, month, 1, 12, number), attachments=(
            Attachment("billet.ics", Kind.APPOINTMENT,
                       f"{start}|{start[:9]}120000Z|Train Lyon - {town}|Lyon Part-Dieu"),
            Attachment("billet.pdf", Kind.DOCUMENT, f"Lyon - {town}\nVoiture {number + 2}"),))


def _newsletters() -> Iterator[Letter]:
    for number, topic in enumerate(_TOPICS * 2, start=1):
        year, month = 2024 + (number - 1) // 12, (number - 1) % 12 + 1
        recent = (year, month) > (2025, 6)
        yield Letter(INBOX if recent else ARCHIVE, "La Lettre des traducteurs <lettre@traducteurs.example>",
                     f"La Lettre n° {number} : {topic}", f"""Chers lecteurs, chères lectrices,

Ce mois-ci : {topic}. Un entretien, trois livres et la question du mois.

Et aussi : le prix de l'Association, les dates des ateliers, et vos courriers.
""", on(year, month, 1, 5, 0), html=True, flags="" if recent and month > 7 else "S",
                     attachments=(Attachment(f"lettre-{number}.png", Kind.PICTURE, inline=True),))


def _association() -> Iterator[Letter]:
    for year in range(2016, 2026):
        yield Letter(ARCHIVE, "Association des traducteurs <secretariat@traducteurs.example>",
                     f"Assemblée générale {year}", f"""Chère adhérente,

L'assemblée générale {year} se tiendra le 8 juin. Votre pouvoir est à renvoyer avant le 1er.

Le secrétariat
""", on(year, 5, 11, 9, 30), flags="SR" if year % 2 else "S")


def _builds() -> Iterator[Letter]:
    """Notices of a program that nobody reads; the last ones lie in the trash."""
    for number in range(18):
        failed = number % 5 == 0
        yield Letter(TRASH if number > 8 else ARCHIVE, "glossary-bot <bot@example.org>",
                     f"[glossary] import {4100 + number} {'FAILED' if failed else 'ok'}",
                     f"terms: {1200 + number * 31}\nduplicates: {number}\nresult: {'failed' if failed else 'ok'}\n",
                     on(2025, 7, 2 + number, 2, 0), flags="" if failed else "S")
