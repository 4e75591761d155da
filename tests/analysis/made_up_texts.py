"""Made-up sentences with known topics and planted campaigns, for tests and benchmarks."""

import random

SUBJECTS = {
    "wages": "wages pay overtime payday salary deduction earnings payslip bonus tips hourly "
    "arrears",
    "housing": "housing camp bunk shower kitchen roof mould rent mattress heating toilet landlord",
    "visas": "visa permit border consulate passport stamp embassy renewal status sponsor quota "
    "entry",
    "safety": "helmet ladder harness pesticide gloves injury mask accident machine training heat "
    "shade",
}
_SMALL_WORDS = (
    "the a of to in for with every when some many their this that should must can people workers "
    "because often before after without more better new local public near under between against"
)
FILLER = _SMALL_WORDS.split()
SCRIPTS = {
    "Latin": "Workers need a contract in their own language before they travel.",
    "Cyrillic": "Рабочим нужен договор на родном языке до отъезда из дома.",
    "Greek": "Οι εργάτες χρειάζονται σύμβαση στη γλώσσα τους πριν ταξιδέψουν.",
    "Arabic": "يحتاج العمال إلى عقد بلغتهم قبل السفر إلى مكان العمل.",
    "Hebrew": "העובדים צריכים חוזה בשפה שלהם לפני הנסיעה לעבודה.",
    "Devanagari": "मज़दूरों को यात्रा से पहले अपनी भाषा में अनुबंध चाहिए।",
    "Han": "工人在出發之前需要一份用自己語言寫的合約和聯絡電話。",
    "Hangul": "노동자들은 떠나기 전에 자기 언어로 된 계약서가 필요합니다.",
    "Thai": "คนงานต้องการสัญญาในภาษาของตนเองก่อนเดินทาง",
}


def sentence(rng, subject=None, length=None):
    """One sentence; about half of its words come from the subject."""
    words = (
        SUBJECTS[subject].split() if subject else [w for s in SUBJECTS.values() for w in s.split()]
    )
    return (
        " ".join(
            rng.choice(words) if rng.random() < 0.5 else rng.choice(FILLER)
            for _ in range(length or rng.randint(9, 16))
        ).capitalize()
        + "."
    )


def topic_corpus(n, seed):
    """(texts, subject of each)."""
    rng = random.Random(seed)
    subjects = [rng.choice(sorted(SUBJECTS)) for _ in range(n)]
    return [sentence(rng, subject) for subject in subjects], subjects


def lexicon(rng, size):
    """Pronounceable words that no other text has, so that single texts share nothing by
    accident."""
    letters = "bcdfghklmnprstvz"
    return [
        "".join(rng.choice(letters) + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        for _ in range(size)
    ]


EDITS = ("copy", "words", "affix", "shuffle", "own_third", "case", "half")


def edited(rng, letter, kind, words):
    """A member of the campaign around `letter`, a list of sentences that are lists of words."""
    sentences = [list(one) for one in letter]
    if kind == "words":
        for one in sentences:
            for at in range(len(one)):
                if rng.random() < 0.1:
                    one[at] = rng.choice(words)
    own = [[rng.choice(words) for _ in range(rng.randint(8, 14))] for _ in range(len(letter) // 2)]
    if kind == "affix":
        sentences = [own[0], *sentences, [rng.choice(words) for _ in range(6)]]
    elif kind == "shuffle":
        rng.shuffle(sentences)
    elif kind == "own_third":
        sentences = sentences + own if rng.random() < 0.5 else own + sentences
    elif kind == "half":
        sentences = sentences[: (len(sentences) + 1) // 2]
    text = " ".join(" ".join(one).capitalize() + "." for one in sentences)
    return text.upper().replace(".", "!") if kind == "case" else text


def campaign_corpus(n, seed, *, campaigns=None):
    """(texts, campaign of each or -1, kind of edit of each), shuffled; half of the texts are
    single."""
    rng = random.Random(seed)
    words = lexicon(rng, 4000)
    weights = [1 / (rank + 10) for rank in range(len(words))]

    phrases = [rng.choices(words, k=rng.randint(4, 9)) for _ in range(60)]

    def written(sentences):
        """Sentences of one's own, in which set phrases that everybody uses turn up."""
        found = [rng.choices(words, weights, k=rng.randint(8, 14)) for _ in range(sentences)]
        for one in found:
            if rng.random() < 0.3:
                at = rng.randrange(len(one))
                one[at:at] = rng.choice(phrases)
        return found

    letters = [written(rng.randint(4, 10)) for _ in range(campaigns or max(2, n // 200))]
    rows = []
    for _ in range(n):
        if rng.random() < 0.5:
            rows.append((edited(rng, written(rng.randint(1, 8)), "copy", words), -1, "single"))
        else:
            number, kind = rng.randrange(len(letters)), rng.choice(EDITS)
            rows.append((edited(rng, letters[number], kind, words), number, kind))
    texts, labels, kinds = zip(*rows, strict=True)
    return list(texts), list(labels), list(kinds)


def pair_scores(truth, found):
    """(precision, recall, F1) over pairs of texts said to belong together; -1 belongs to nobody."""

    def pairs(groups):
        counts = {}
        for group in groups:
            counts[group] = counts.get(group, 0) + 1
        return sum(count * (count - 1) // 2 for count in counts.values())

    said = pairs([group for group in found if group >= 0])
    real = pairs([group for group in truth if group >= 0])
    both = pairs([(t, f) for t, f in zip(truth, found, strict=True) if t >= 0 and f >= 0])
    precision, recall = both / max(said, 1), both / max(real, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)
