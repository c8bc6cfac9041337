"""Where things run: AWS Regions by id, city or country, and where data must stay.

Source of the ids, names and countries:
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
China, GovCloud and the sovereign clouds are other partitions with price lists of their own; naming
one is an error, not a guess.
"""

from __future__ import annotations

from functools import cache

from frugal.model.brief import Value
from frugal.model.errors import BadRequest
from frugal.read.findings import OTHER, Findings, Topic
from frugal.read.words import Kind, Lexicon, Words, one_of, phrases


class Region(Value, frozen=True, kw_only=True):
    id: str
    name: str
    country: str  #: ISO 3166-1 alpha-2
    words: str  #: cities, states and nicknames that can only mean this Region, parted by ``|``


def _region(id: str, name: str, country: str, words: str) -> Region:
    return Region(id=id, name=name, country=country, words=words)


REGIONS: tuple[Region, ...] = (
    _region("us-east-1", "US East (N. Virginia)", "US", "n virginia|northern virginia|virginia"),
    _region("us-east-2", "US East (Ohio)", "US", "ohio"),
    _region("us-west-1", "US West (N. California)", "US", "california|northern california"),
    _region("us-west-2", "US West (Oregon)", "US", "oregon"),
    _region("af-south-1", "Africa (Cape Town)", "ZA", "cape town"),
    _region("ap-east-1", "Asia Pacific (Hong Kong)", "HK", "hong kong|hongkong"),
    _region("ap-east-2", "Asia Pacific (Taipei)", "TW", "taipei"),
    _region("ap-northeast-1", "Asia Pacific (Tokyo)", "JP", "tokyo"),
    _region("ap-northeast-2", "Asia Pacific (Seoul)", "KR", "seoul"),
    _region("ap-northeast-3", "Asia Pacific (Osaka)", "JP", "osaka"),
    _region("ap-south-1", "Asia Pacific (Mumbai)", "IN", "mumbai|bombay"),
    _region("ap-south-2", "Asia Pacific (Hyderabad)", "IN", "hyderabad"),
    _region("ap-southeast-1", "Asia Pacific (Singapore)", "SG", "singapore"),
    _region("ap-southeast-2", "Asia Pacific (Sydney)", "AU", "sydney"),
    _region("ap-southeast-3", "Asia Pacific (Jakarta)", "ID", "jakarta"),
    _region("ap-southeast-4", "Asia Pacific (Melbourne)", "AU", "melbourne"),
    _region("ap-southeast-5", "Asia Pacific (Malaysia)", "MY", "kuala lumpur"),
    _region("ap-southeast-6", "Asia Pacific (New Zealand)", "NZ", "auckland"),
    _region("ap-southeast-7", "Asia Pacific (Thailand)", "TH", "bangkok"),
    _region("ca-central-1", "Canada (Central)", "CA", "montreal"),
    _region("ca-west-1", "Canada West (Calgary)", "CA", "calgary"),
    _region("eu-central-1", "Europe (Frankfurt)", "DE", "frankfurt|frankfurt am main"),
    _region("eu-central-2", "Europe (Zurich)", "CH", "zurich|zuerich"),
    _region("eu-north-1", "Europe (Stockholm)", "SE", "stockholm"),
    _region("eu-south-1", "Europe (Milan)", "IT", "milan|milano"),
    _region("eu-south-2", "Europe (Spain)", "ES", "aragon"),
    _region("eu-west-1", "Europe (Ireland)", "IE", "dublin"),
    _region("eu-west-2", "Europe (London)", "GB", "london"),
    _region("eu-west-3", "Europe (Paris)", "FR", "paris"),
    _region("il-central-1", "Israel (Tel Aviv)", "IL", "tel aviv"),
    _region("me-central-1", "Middle East (UAE)", "AE", "dubai|abu dhabi"),
    _region("me-south-1", "Middle East (Bahrain)", "BH", "manama"),
    _region("mx-central-1", "Mexico (Central)", "MX", "queretaro|mexico city"),
    _region("sa-east-1", "South America (São Paulo)", "BR", "sao paulo"),
)
BY_ID = {region.id: region for region in REGIONS}

_COUNTRIES = {
    "US": "us|usa|united states|america|the states",
    "ZA": "south africa",
    "HK": "hong kong",
    "TW": "taiwan",
    "JP": "japan",
    "KR": "korea|south korea",
    "IN": "india",
    "SG": "singapore",
    "AU": "australia",
    "ID": "indonesia",
    "MY": "malaysia",
    "NZ": "new zealand",
    "TH": "thailand",
    "CA": "canada",
    "DE": "germany|deutschland",
    "CH": "switzerland|schweiz",
    "SE": "sweden",
    "IT": "italy|italia",
    "ES": "spain|espana",
    "IE": "ireland",
    "GB": "uk|united kingdom|england|great britain|britain",
    "FR": "france",
    "IL": "israel",
    "AE": "uae|united arab emirates|emirates",
    "BH": "bahrain",
    "MX": "mexico",
    "BR": "brazil|brasil",
    "EU": "eu|european union|europe|eea",
}
#: The Region meant where a country or area has several: the one AWS opened there first has every
#: service we weigh. The finding says that it is our choice.
_FIRST = {
    "US": "us-east-1",
    "JP": "ap-northeast-1",
    "IN": "ap-south-1",
    "AU": "ap-southeast-2",
    "CA": "ca-central-1",
    "EU": "eu-west-1",
}
#: Countries of the European Union that have a Region.
_EU = one_of("DE SE IT ES IE FR")

_PAYEES = "where people or accounts are, not where things run"

REGION: Topic[str] = Topic("region")
AREA: Topic[str] = Topic("area")  #: a country named where things run, with several Regions
RESIDENCY: Topic[str] = Topic("residency")

_PEOPLE = one_of(
    "sellers customers users merchants drivers people recipients employees contractors creators"
    " clients payees vendors suppliers accounts cards banks payouts payments office offices"
    " based"
)
_OF_OTHERS = one_of("time timezone hours office team branch bank customers users sellers company")
_STAYING = one_of("data must should has have to not in the a all of it inside be our customer")
_STAY = one_of(
    "stay stays remain remains reside kept keep residency leave only stored sovereignty within"
    " resident localization"
)


@cache
def _cities() -> Lexicon[str]:
    table: dict[str, str] = {}
    for region in REGIONS:
        table |= phrases(region.words, region.id)
    return Lexicon(table)


@cache
def _countries() -> Lexicon[str]:
    table: dict[str, str] = {}
    for country, words in _COUNTRIES.items():
        table |= phrases(words, country)
    return Lexicon(table)


def region_of(country: str) -> str | None:
    """Return the Region to use where only a country or area is known.

    >>> region_of("DE"), region_of("US"), region_of("PL")
    ('eu-central-1', 'us-east-1', None)
    """
    if country in _FIRST:
        return _FIRST[country]
    return next((region.id for region in REGIONS if region.country == country), None)


def inside(region_id: str, area: str) -> bool:
    """Say if a Region lies in a country or area that data must stay in."""
    country = BY_ID[region_id].country
    return country == area or (area == "EU" and country in _EU)


def find_places(findings: Findings) -> None:
    """Find Regions, and the area that data must stay in."""
    words = findings.words
    _find_ids(findings)
    for place, end, country in list(_countries().scan(words)):
        if not findings.free(place, end):
            continue
        if country == "US" and words.at(place) == "us" and not _is_country(words, place):
            continue
        if _residency(words, place, end):
            also = _stay_words(words, place, end)
            findings.add(RESIDENCY, country, place, end, f"residency = {country}", also=also)
    for place, end, region in list(_cities().scan(words)):
        if findings.free(place, end) and _is_place_of_ours(words, place, end):
            also = _region_words(words, place, end)
            findings.add(REGION, region, place, end, f"region = {region}", also=also)
    for place, end, country in list(_countries().scan(words)):
        if not findings.free(place, end):
            continue
        if not _is_place_of_ours(words, place, end):
            if _of_people(words, place):
                findings.add(OTHER, country, place, end, note=_PAYEES)
            continue
        if country == "US" and words.at(place) == "us" and not _is_country(words, place):
            continue
        chosen = region_of(country)
        assert chosen is not None, country
        also = _region_words(words, place, end)
        if country in _FIRST:
            findings.add(AREA, country, place, end, f"region = {chosen}", also=also)
        else:
            findings.add(REGION, chosen, place, end, f"region = {chosen}", also=also)


def _find_ids(findings: Findings) -> None:
    words = findings.words
    for place, token in enumerate(words.tokens):
        if token.kind is not Kind.NAME or token.text.count("-") < 2 or token.text[0].isdigit():
            continue
        if token.text.startswith("http") or "." in token.text:
            continue
        if token.text not in BY_ID:
            raise unknown_region(token.text)
        also = _region_words(words, place, place + 1)
        findings.add(REGION, token.text, place, place + 1, f"region = {token.text}", also=also)


def unknown_region(id: str) -> BadRequest:
    close = [region.id for region in REGIONS if region.id[:3] == id[:3]]
    hint = f"Did you mean {', '.join(close)}" if close else "Name a Region such as us-east-1"
    return BadRequest(f"there is no AWS Region “{id}” we know", where="region", hint=hint)


def _region_words(words: Words, place: int, end: int) -> tuple[int, ...]:
    near = (place - 1, end)
    return tuple(one for one in near if words.at(one) in {"region", "regions", "in"})


def _is_country(words: Words, place: int) -> bool:
    """Tell ``US`` from ``us``: capitals, or a preposition that only a place takes."""
    token = words.tokens[place]
    return words.text[token.start : token.end] == "US" or words.at(place - 1) == "the"


def _is_place_of_ours(words: Words, place: int, end: int) -> bool:
    """Say if a place is where things run, and not where people, money or hours are."""
    before = words.at(place - 1)
    if words.at(end) in _OF_OTHERS or before in {"to", "from", "for"}:
        return False
    return not _of_people(words, place)


def _of_people(words: Words, place: int) -> bool:
    """Say if a place is where people are: ``sellers in Germany and France``."""
    start = place
    while words.at(start - 1) in {"in", "the", "across", "of", "at"}:
        start -= 1
    if words.at(start - 1) in _PEOPLE:
        return True
    start -= words.at(start - 1) in {"and", "or", ","}
    return start < place and any(
        end == start and _of_people(words, first)
        for first, end, _ in _countries().scan_before(words, start)
    )


def _residency(words: Words, place: int, end: int) -> bool:
    return bool(_stay_words(words, place, end))


def _stay_words(words: Words, place: int, end: int) -> tuple[int, ...]:
    start = max(words.fragment_start(place), place - 7)
    before = range(start, place)
    after = range(end, min(end + 3, words.fragment_end(place)))
    text = {words.at(one) for one in (*before, *after)}
    if not text & _STAY or ("only" in text and words.at(end) != "only" and not text & {"data"}):
        return ()
    if "within" in text and not text & (_STAY - {"within", "only"}) and "data" not in text:
        return ()
    return tuple(one for one in (*before, *after) if words.at(one) in _STAY | _STAYING)
