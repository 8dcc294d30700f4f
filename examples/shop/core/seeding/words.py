"""The words that names and texts are made of."""

CATEGORIES = {
    "Guitars": {
        "Archtops": ["Oval hole", "D hole", "F hole"],
        "Classical": ["Cedar top", "Spruce top"],
        "Steel string": ["Dreadnought", "Parlour", "Jumbo"],
        "Electric": ["Solid body", "Semi hollow"],
        "Guitar strings": [],
        "Picks": [],
    },
    "Basses": {
        "Double basses": ["Carved", "Plywood"],
        "Electric basses": ["Four string", "Five string"],
        "Bass strings": [],
        "Bass bows": [],
    },
    "Keys": {
        "Upright pianos": [],
        "Stage pianos": ["Weighted", "Semi weighted"],
        "Accordions": ["Button", "Piano keys"],
        "Stools": [],
    },
    "Drums": {
        "Kits": ["Bop kits", "Rock kits"],
        "Cymbals": ["Ride", "Crash", "Hi-hat"],
        "Snares": [],
        "Brushes and sticks": [],
        "Hand drums": [],
    },
    "Brass": {
        "Trumpets": ["B flat", "C"],
        "Trombones": ["Tenor", "Bass"],
        "Cornets": [],
        "Mutes": [],
    },
    "Woodwind": {
        "Clarinets": ["B flat clarinets", "Bass clarinets"],
        "Saxophones": ["Alto", "Tenor sax", "Baritone"],
        "Flutes": [],
        "Reeds": [],
        "Mouthpieces": [],
    },
    "Bowed strings": {
        "Violins": ["Student", "Workshop", "Master"],
        "Violas": [],
        "Cellos": [],
        "Bows": [],
        "Rosin": [],
    },
    "Stage and studio": {
        "Microphones": ["Ribbon", "Condenser", "Dynamic"],
        "Amplifiers": ["Valve", "Solid state"],
        "Cables": [],
        "Stands": [],
        "Cases": [],
    },
}

MAKERS = [
    "Selmer", "Busato", "Favino", "Olivet", "Castelluccia", "Gallato", "Dupont", "Argentine",
    "Couesnon", "Vandoren", "Besson", "Hohner", "Cavagnolo", "Maugein", "Thibouville", "Laberte",
]  # fmt: skip
MAKER_KINDS = ["Frères", "& Fils", "Atelier", "Lutherie"]
COUNTRIES = ["France", "Italy", "Germany", "Spain", "Japan", "United States", "Czechia"]

ADJECTIVES = [
    "Nuages", "Minor", "Swing", "Daphne", "Manoir", "Rhythm", "Belleville", "Anouman", "Tears",
    "Djangology", "Vendôme", "Troublant", "Douce", "Artillerie", "Féerie", "Bolero",
]  # fmt: skip
MODELS = ["Junior", "Standard", "Special", "Custom", "Concert", "Heritage", "Studio", "Traveller"]

TAGS = [
    "gypsy jazz", "bebop", "classical", "folk", "rock", "blues", "beginner", "professional",
    "vintage", "handmade", "left-handed", "student", "travel", "studio", "stage", "limited",
    "second hand", "bundle", "sale", "new model", "eco", "rosewood", "maple", "mahogany",
    "gut", "nylon", "bronze", "silver", "walnut", "ebony",
]  # fmt: skip

VARIANTS = ["standard", "small", "large", "natural", "sunburst", "black", "with case", "lefty"]

SENTENCES = [
    "Warm and quick to answer.",
    "Loud enough for an evening without a microphone.",
    "The neck is slim and the frets are well finished.",
    "Made by hand and set up in our workshop.",
    "A dry tone with a lot of bark.",
    "Comes with a padded bag.",
    "Light to carry, hard to put down.",
    "Sings in the upper register.",
    "A favourite of teachers.",
    "The varnish is thin and ages beautifully.",
]

REVIEW_TITLES = ["Lovely", "Very good", "As described", "Not for me", "Wonderful", "Good value"]

FIRST_NAMES = [
    "Rosa", "Emil", "Naguine", "Joseph", "Eugène", "Pierre", "Roger", "Louis", "Arthur", "Beryl",
    "Hubert", "Coleman", "Mary", "Nina", "Clara", "Ella", "Josephine", "Babik", "Lousson", "Tchan",
]  # fmt: skip
LAST_NAMES = [
    "Vola", "Chaput", "Ferret", "Grasset", "Rostaing", "Ekyan", "Combelle", "Warlop", "Malha",
    "Crolla", "Weiss", "Schmitt", "Lagrène", "Rosenberg", "Winterstein", "Garcia", "Ursini",
]  # fmt: skip
CITIES = [
    "Paris", "London", "Samois", "Lyon", "Glasgow", "Leeds", "Bristol", "Lille", "Brussels",
    "Ghent", "Dublin", "Cardiff", "York", "Nantes", "Antwerp", "Oslo",
]  # fmt: skip
STREETS = ["Rue Pigalle", "High Street", "Mill Lane", "Quai de la Seine", "Station Road"]
COMPANIES = ["", "", "", "", "Hot Club School", "Municipal Theatre", "Swing & Sons"]
CARRIERS = ["Blue Parcel", "Night Mail", "Cyclo Courier"]
WAREHOUSES = [("Main", "Leeds"), ("South", "Bristol"), ("Workshop", "Samois")]
NOTES = [
    "Called, will call again on Monday.",
    "Please check the setup before it leaves.",
    "Prefers delivery in the evening.",
    "Ask the maker about the finish.",
    "Was damaged once, pack with care.",
]
