"""Words that may tell of present danger: they put a text before a person soon and decide nothing.

A first list in English and Spanish; it needs review by survivors and by those who work with them.
"""

from __future__ import annotations

import re

from dialogue.analysis.spans import DetailKind, FoldedText, Span, without_overlaps


def danger_words(text: str) -> list[Span]:
    """Phrases of captivity, violence, self-harm or calls for help, in text order, without overlaps.

    Meant for the Safety lane and for the box that says where help is to be had. A phrase that
    policy talk uses every day ("right now") counts only in a sentence about a person.
    """
    folded = FoldedText(text)
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(folded.text):
            start, end = folded.original(match.start(), match.end())
            found.append(Span(start, end, kind))
    for match in _NOW.finditer(folded.text):
        before = folded.text[max(0, match.start() - 120) : match.start()]
        after = folded.text[match.end() : match.end() + 120]
        sentence = _SENTENCE_END.split(before)[-1] + " " + _SENTENCE_END.split(after)[0]
        if _PERSON.search(sentence):
            start, end = folded.original(match.start(), match.end())
            found.append(Span(start, end, DetailKind.CALL_FOR_HELP))
    return without_overlaps(found)


def _phrases(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b".replace(" ", r"[ \t\n]{1,3}"), re.I)


_NOT = r"(?:not|n't|never)"
_ME = (
    r"(?:me|us|her|him|them|"
    r"my (?:sister|brother|daughter|son|wife|husband|friend|mother|father|kids|children|family))"
)
_PATTERNS = (
    (
        DetailKind.CAPTIVITY,
        _phrases(
            r"locked (?:in|up|inside)(?! (?:place|step|to (?:a|the)|a (?:loan|contract|rate|"
            r"price))\b)",
            rf"lock(?:s|ed|ing)? {_ME} (?:in|up|inside)",
            r"(?:can't|cannot|can not|couldn't|not allowed to|afraid to|unable to) (?:leave|"
            r"get out|go outside|get away|escape)",
            rf"(?:won't|doesn't|don't|wouldn't|will not|do not|does not) let {_ME} (?:go|leave|"
            rf"out|eat|sleep|call)",
            rf"(?:held|holding|keeping|kept) {_ME} (?:here|captive|prisoner|hostage|against)",
            r"(?:being|am|are|is) held (?:captive|hostage|against|prisoner|here)",
            r"held against (?:my|her|his|their|our) will",
            r"(?:i am|i'm|we are|we're|she is|she's|he is|he's) trapped",
            r"(?:took|taken|take|takes|has|have|holds|holding|keeps|kept|confiscated) (?:my|our|"
            r"her|his) (?:passport|papers|documents|phone)s?",
            r"no puedo (?:salir|irme|escapar)",
            r"(?:estoy|estamos|est[aá]) (?:encerrad[oa]s?|atrapad[oa]s?)",
            r"(?:me|nos) (?:tienen|tiene) (?:encerrad[oa]s?|aqu[ií])",
            r"(?:me|nos) quit(?:[oó]|aron) (?:el|los) (?:pasaportes?|papeles|documentos)",
            r"no (?:me|nos) dejan? (?:salir|ir)",
        ),
    ),
    (
        DetailKind.VIOLENCE,
        _phrases(
            rf"(?:going to|gonna|will|wants to|threaten(?:s|ed|ing)? to|trying to) (?:kill|hurt|"
            rf"harm|shoot|stab|beat|find|deport) {_ME}",
            rf"(?:beats|beat|beating|hits|hitting|hurting|hurts|raped|rapes|choked|chokes|"
            rf"threatens|threatened|threatening) {_ME}",
            rf"(?:is|are|was|were) (?:hurting|beating|hitting|threatening|following|"
            rf"stalking) {_ME}",
            r"(?:has|have|with) a (?:gun|knife)",
            r"(?:i am|i'm|we are|we're|she is|he is) (?:being )?(?:in danger|beaten|abused|hunted)",
            r"(?:fear|afraid|scared) for (?:my|our|her|his) (?:life|lives|safety)",
            r"(?:va|van) a (?:matar|lastimar|golpear)(?:me|nos|la|lo)",
            r"(?:me|nos) (?:amenaz(?:a|an|[oó]|aron)|golpean?|pegan?|viol[oó])",
            r"(?:estoy|estamos) en peligro",
            r"tengo miedo por mi vida",
        ),
    ),
    (
        DetailKind.SELF_HARM,
        _phrases(
            r"(?:kill|hurt|harm|cut) myself",
            r"end (?:my life|it all)",
            r"suicidal|suicidarme",
            r"(?:think(?:ing)? (?:of|about)|thoughts? of|consider(?:ing|ed)?|want to commit|"
            r"going to commit|tried|attempt(?:ed)?|committing) suicide",
            rf"(?:want|wanted|wish) to die|(?:do{_NOT}|don't|do not) want to (?:live|be alive|"
            rf"be here anymore)",
            r"better off dead",
            r"no reason to live",
            r"quitarme la vida",
            r"(?:quiero|quisiera) morir(?:me)?",
            r"no quiero vivir",
        ),
    ),
    (
        DetailKind.CALL_FOR_HELP,
        _phrases(
            r"(?:please )?(?:help|save|rescue) (?:me|us)(?! (?:understand|learn|think|see|find|"
            r"decide|to understand|improve|with this (?:form|page|site))\b)",
            r"(?:i|we|she|he|they) needs? help (?:now|immediately|urgently|fast|asap)",
            r"get (?:me|us|her|him) out(?: of here)?",
            r"(?:please )?(?:call|send) (?:the )?(?:police|cops|911|an ambulance|help)",
            r"sos",
            r"(?:i am|i'm|we are|we're) not safe",
            r"in (?:immediate|grave|serious|real) danger",
            r"someone is going to (?:die|get hurt|be killed)",
            r"ay[uú]d(?:a|e|en)(?:me|nos)",
            r"auxilio",
            r"s[aá]quenme",
            r"llam(?:en|a|e) a la polic[ií]a",
            r"necesito ayuda (?:ya|ahora|urgente)",
        ),
    ),
)
_NOW = re.compile(r"\b(?:right now|ahora mismo)\b", re.I)
_SENTENCE_END = re.compile(r"[.!?\n]")
_PERSON = re.compile(
    r"\b(?:i|i'm|me|my|she|she's|her|he|he's|him|someone|somebody|us|danger|help|yo|estoy|me|mi|"
    r"ella|[eé]l|ayuda)\b",
    re.I,
)
