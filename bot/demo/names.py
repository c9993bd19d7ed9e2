"""Words that the sample company's customers are made of. All of them are made up."""

from __future__ import annotations

from typing import Final

from bot.kernel.shapes import dataclass


@dataclass(frozen=True, slots=True)
class Town:
    """Where a customer is, and how its telephone numbers start."""

    name: str
    state: str
    time_zone: str
    dialled: str
    currency: str = "USD"


EASTERN: Final = "America/New_York"
CENTRAL: Final = "America/Chicago"
MOUNTAIN: Final = "America/Denver"
PACIFIC: Final = "America/Los_Angeles"

TOWNS: Final = (
    Town("Albany", "NY", EASTERN, "+1 518"),
    Town("Asheville", "NC", EASTERN, "+1 828"),
    Town("Atlanta", "GA", EASTERN, "+1 404"),
    Town("Baltimore", "MD", EASTERN, "+1 410"),
    Town("Boston", "MA", EASTERN, "+1 617"),
    Town("Charleston", "SC", EASTERN, "+1 843"),
    Town("Cleveland", "OH", EASTERN, "+1 216"),
    Town("Columbus", "OH", EASTERN, "+1 614"),
    Town("Detroit", "MI", "America/Detroit", "+1 313"),
    Town("Hartford", "CT", EASTERN, "+1 860"),
    Town("Indianapolis", "IN", "America/Indiana/Indianapolis", "+1 317"),
    Town("Jacksonville", "FL", EASTERN, "+1 904"),
    Town("Louisville", "KY", "America/Kentucky/Louisville", "+1 502"),
    Town("Miami", "FL", EASTERN, "+1 305"),
    Town("Newark", "NJ", EASTERN, "+1 973"),
    Town("Orlando", "FL", EASTERN, "+1 407"),
    Town("Philadelphia", "PA", EASTERN, "+1 215"),
    Town("Pittsburgh", "PA", EASTERN, "+1 412"),
    Town("Portland", "ME", EASTERN, "+1 207"),
    Town("Providence", "RI", EASTERN, "+1 401"),
    Town("Raleigh", "NC", EASTERN, "+1 919"),
    Town("Richmond", "VA", EASTERN, "+1 804"),
    Town("Savannah", "GA", EASTERN, "+1 912"),
    Town("Austin", "TX", CENTRAL, "+1 512"),
    Town("Chicago", "IL", CENTRAL, "+1 312"),
    Town("Dallas", "TX", CENTRAL, "+1 214"),
    Town("Des Moines", "IA", CENTRAL, "+1 515"),
    Town("Houston", "TX", CENTRAL, "+1 713"),
    Town("Madison", "WI", CENTRAL, "+1 608"),
    Town("Memphis", "TN", CENTRAL, "+1 901"),
    Town("Minneapolis", "MN", CENTRAL, "+1 612"),
    Town("Nashville", "TN", CENTRAL, "+1 615"),
    Town("New Orleans", "LA", CENTRAL, "+1 504"),
    Town("Omaha", "NE", CENTRAL, "+1 402"),
    Town("St. Louis", "MO", CENTRAL, "+1 314"),
    Town("Boise", "ID", "America/Boise", "+1 208"),
    Town("Denver", "CO", MOUNTAIN, "+1 303"),
    Town("Phoenix", "AZ", "America/Phoenix", "+1 602"),
    Town("Salt Lake City", "UT", MOUNTAIN, "+1 801"),
    Town("Santa Fe", "NM", MOUNTAIN, "+1 505"),
    Town("Portland", "OR", PACIFIC, "+1 503"),
    Town("Sacramento", "CA", PACIFIC, "+1 916"),
    Town("San Diego", "CA", PACIFIC, "+1 619"),
    Town("Seattle", "WA", PACIFIC, "+1 206"),
    Town("Anchorage", "AK", "America/Anchorage", "+1 907"),
    Town("Honolulu", "HI", "Pacific/Honolulu", "+1 808"),
    Town("Knoxville", "TN", "", "+1 865"),
    Town("El Paso", "TX", "", "+1 915"),
)
"""The last two come without a time zone, as they do from real source systems."""

ABROAD: Final = (
    Town("Toronto", "ON", "America/Toronto", "+1 416", "CAD"),
    Town("Halifax", "NS", "America/Halifax", "+1 902", "CAD"),
    Town("Vancouver", "BC", "America/Vancouver", "+1 604", "CAD"),
    Town("Dublin", "", "Europe/Dublin", "+353 1", "EUR"),
    Town("Lisbon", "", "Europe/Lisbon", "+351 21", "EUR"),
)

PROPER: Final = (
    "Alder", "Aurora", "Beacon", "Birchwood", "Bluewater", "Briar", "Cardinal", "Cedar",
    "Clearview", "Copper", "Cypress", "Dogwood", "Eastgate", "Elmwood", "Fairview", "Falcon",
    "Foxglove", "Glenwood", "Granite", "Greenway", "Harbor", "Hawthorn", "Heron", "Highland",
    "Hillcrest", "Ironwood", "Juniper", "Kestrel", "Lakeshore", "Lantern", "Larkspur", "Laurel",
    "Magnolia", "Maple", "Meadow", "Mission", "Monarch", "Northstar", "Oakridge", "Orchard",
    "Osprey", "Palmetto", "Parkside", "Pinecrest", "Prairie", "Quarry", "Redwood", "Ridgeline",
    "Riverbend", "Rosewood", "Saffron", "Sandpiper", "Sequoia", "Silverleaf", "Sparrow",
    "Stonebridge", "Summit", "Sycamore", "Tamarack", "Thistle", "Union", "Vista", "Walnut",
    "Waterford", "Westfield", "Willow", "Windsor", "Wren",
)  # fmt: skip

SECTORS: Final[dict[str, tuple[str, ...]]] = {
    "hotel": (
        "Hotel {proper}", "{proper} Hotel {town}", "The {proper} Inn", "{proper} Suites {town}",
        "{proper} Lodge",
    ),
    "clinic": (
        "{proper} Family Clinic", "{town} {proper} Dental", "{proper} Orthopedics",
        "{proper} Eye Center", "{proper} Veterinary Hospital",
    ),
    "school": (
        "{proper} Academy", "{town} {proper} School", "{proper} Montessori",
        "{proper} College Prep",
    ),
    "living": (
        "{proper} Court Senior Living", "{proper} Place Apartments", "{proper} Gardens Care",
    ),
    "other": (
        "{proper} Fitness", "{proper} Brewing Co.", "{proper} Logistics", "{proper} Law Group",
        "{town} {proper} Credit Union",
    ),
}  # fmt: skip
"""How a customer of each sector may be called."""

GROUPS: Final = (
    "{proper} Hospitality Group", "{proper} Health Partners", "{proper} Schools Trust",
    "{proper} Senior Living LLC", "{proper} Restaurants Inc.",
)  # fmt: skip
"""How a payer with many sites may be called."""

BRANDS: Final = ("Larkspur Suites", "Kestrel Inn", "Northstar Lodge", "Aurora Collection")
PARTNERS: Final = ("Blue Ridge Telecom", "Harbor IT Partners", "Summit Channel Sales")

FIRST_NAMES: Final = (
    "Alice", "Andre", "Angela", "Brian", "Carla", "Chen", "Dana", "Derek", "Elena", "Frank",
    "Gina", "Grace", "Hassan", "Heidi", "Ivan", "Jackie", "Jerome", "Karen", "Kevin", "Latoya",
    "Luis", "Megan", "Miguel", "Naomi", "Omar", "Pam", "Priya", "Rachel", "Ray", "Sandra",
    "Sean", "Tanya", "Tomas", "Vera", "Wendy", "Yusuf",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adams", "Baker", "Bauer", "Bennett", "Brooks", "Castillo", "Chang", "Coleman", "Diaz",
    "Ellis", "Fischer", "Flores", "Gupta", "Hayes", "Hughes", "Ibrahim", "Jenkins", "Kim",
    "Lopez", "Mason", "Meyer", "Morgan", "Nguyen", "O'Brien", "Ortiz", "Park", "Perry",
    "Quinn", "Rossi", "Sanders", "Shah", "Stone", "Turner", "Vargas", "Walker", "Young",
)  # fmt: skip
