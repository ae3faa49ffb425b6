"""Names as Québec has them, accents, hyphens and apostrophes included; nobody in particular."""

FAMILY_NAMES = (
    "Tremblay", "Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné", "Ouellet",
    "Pelletier", "Bélanger", "Lévesque", "Bergeron", "Leblanc", "Paquette", "Girard", "Simard", "Boucher", "Caron",
    "Beaulieu", "Cloutier", "Dubé", "Poirier", "Fournier", "Lapointe", "Leclerc", "Lefebvre", "Poulin", "Thibault",
    "St-Pierre", "Nadeau", "Martel", "Turcotte", "Hébert", "Émond", "L’Écuyer", "D'Amours", "Sacré-Cœur", "Nguyen",
    "Awashish", "Diallo", "Haddad", "Da Silva", "O'Neill", "Benoît", "François", "Maïssa", "Zuñiga",
)  # fmt: skip
FIRST_NAMES = (
    "Camille", "Maxime", "Dominique", "Claude", "Alexis", "Frédérique", "Noé", "Zoé", "Léa", "Félix", "Maëlle",
    "Anne-Marie", "Jean-François", "Marie-Ève", "François", "Geneviève", "Loïc", "Chloé", "Étienne", "Océane",
    "Gaëtan", "Hélène", "Béatrice", "André", "Mikaël", "Sacha", "Inès", "Cœur-Aimé", "Nathanaël", "Joséphine",
)  # fmt: skip
TOWNS = (
    ("Québec", "23027"), ("Lévis", "25213"), ("Saguenay", "94068"), ("Sherbrooke", "43027"), ("Longueuil", "58227"),
    ("Laval", "65005"), ("Gatineau", "81017"), ("Terrebonne", "64008"), ("Drummondville", "49058"),
    ("Granby", "47017"), ("Saint-Jérôme", "75017"), ("Rimouski", "10043"), ("Rouyn-Noranda", "86042"),
    ("Châteauguay", "67050"), ("Alma", "93042"), ("Sept-Îles", "97007"), ("Gaspé", "03005"), ("Chisasibi", "99814"),
)  # fmt: skip
