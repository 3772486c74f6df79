"""Passphrases for people who do not exist, in words that are easy to type while showing something.

The browser makes real ones from a longer list (docs/decisions/0007). These guard invented words only, and are printed.
"""

import secrets

_TEXT = """
    appel arend bakker balkon banaan beker berg beuk bloem boek boom boot borst brood brug bui bus circus dak deken deur
    dorp draad duin eend egel eik emmer ezel fiets fluit forel gang geit gitaar glas goud gras haas hamer haven heuvel
    honing hooi huis ijs jas kaart kaas kade kaars kat kers kikker klok knoop koek kraan kruik kust laars ladder lamp
    laken lepel linde lont maan markt mast meer merel molen mos muts nest noot oever olijf orgel otter park parel pauw
    peer plank poort potlood raam radio regen riet ring roos ruit schaap schelp sjaal slak sleutel sneeuw spiegel spoor
    stal steen ster stoel strand tafel tak tent thee toren touw trap trein trom tuin uil veer veld vijver vink vlag
    vlier vlinder vogel vuur wand weide wiel wilg wind wolk wortel zaad zand zeil zolder zomer zon zwaan
"""
WORDS = tuple(_TEXT.split())


def phrase(words: int) -> str:
    """So many words, chosen by the system's own randomness."""
    return " ".join(secrets.choice(WORDS) for _ in range(words))
