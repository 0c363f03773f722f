"""Words and patterns that the rules read a name by."""

from __future__ import annotations

import re

# Words that turn a name's other words round: no rule reads past them.
HEDGED = re.compile(
    r"\b(vegan|vegetarian|veggie|veg|plant-based|plant|meatless|meat-free|imitation|mock|faux|fake|non-dairy|nondairy|dairy-free|egg-free|"
    r"substitutes?|replacers?|replacements?|alternatives?|analogues?|analogs?|flavou?r|flavou?red|flavou?ring|flavou?rings|style|type|"
    r"like|meal|mix|kit|eggless|veganaise|free|without|no|vegetal|aroma|extract|based|artificial|seasoning|rub|filling|vegetable protein)\b"
)
HARMLESS_FREE = re.compile(r"\b(fat|sugar|salt|gluten|caffeine|alcohol|cage|lactose|grain|sodium)[- ]free\b|\bfree[- ]range\b|"
    r"\bno[- ](salt|sugar)\b|\bwithout salt\b")
# A word of an animal in the name of something else.
PLANT_PHRASES = re.compile(
    r"\b((peanut|almond|cashew|nut|hazelnut|pistachio|pecan|walnut|macadamia|seed|sunflower|soy|soynut|cocoa|cacao|shea|apple|"
    r"pumpkin|coconut|fruit|pear|"
    r"peach|mango|sesame|karite|tahini|cookie) butters?|butter(head|nut|cup|fly|scotch)?[- ](beans?|lettuce|peas?|squash|lettuces|"
    r"crackers?)|"
    r"(coconut|almond|soy|soya|rice|oat|nut|cashew|hemp|hazelnut|macadamia|spelt|pea|flax|quinoa|tiger nut|soybean|lupin) "
    r"(milk|cream|yogurt|yoghurt|cheese|creamer|beverage|drink|mayonnaise|mayo|ice cream|butter)s?|"
    r"cream of (tartar|wheat|rice|coconut)|cream (soda|sherry|crackers?)|creamed (corn|coconut)|creme de (menthe|cacao|cassis)|"
    r"crème de (menthe|cacao|cassis)|milk thistle|milkweed|beefsteak (tomato(es)?|mushrooms?|plant)|beef tomato(es)?|"
    r"oyster (mushrooms?|plant|crackers?)|chicken of the woods|hen of the woods|lamb'?s? (lettuce|quarters?)|fish mint|"
    r"crab ?apples?|goose ?berr(y|ies)|hog ?plums?|pigeon ?peas?|cow ?peas?|horse ?radish|horse ?beans?|duck ?weed|turkey ?berr(y|ies)|"
    r"turkey tail|lobster mushrooms?|shrimp plant|egg ?plants?|hot dog (buns?|rolls?)|hamburger (buns?|rolls?)|sandwich (bread|"
    r"rolls?|buns?)|"
    r"steak sauce|(steak|poultry|taco|chicken|seafood|meat|fish|crab|rib|burger|beef|pork|shrimp) (seasoning|rub|spice|spices|"
    r"tenderizer)|honey ?(dew|crisp)s?|honey (mangos?|mangoes|locusts?)|"
    r"goat'?s?[- ]horn|ox ?tongue mushrooms?|sheep sorrel|bear'?s garlic|goose ?foot|fish pepper|cow parsnip|"
    r"elephant garlic|buffalo (sauce|gourd|berr(y|ies))|peach melba|jerusalem|bull'?s horn|bird'?s? eye|cat'?s claw|"
    r"(quail|duck|chicken|goose|turkey|ostrich|emu|pheasant|hen|hens) eggs?(?! (rolls?|noodles?|salad|drop|foo))|(goat|cow|sheep|"
    r"ewe|buffalo|camel|mare|yak|horse|reindeer|donkey)'?s?'? "
    r"(milk|cheese|cheeses|butter|yogurt|yoghurt|cream|ghee|kefir)|buffalo mozzarella|goat gouda|cheesecloth|blood oranges?|"
    r"alligator (pepper|pears?)|bear claws?|welsh rabbit|abalone mushrooms?|crab boil|custard apples?|duck sauce|(cheese|"
    r"yogurt) cultures?|ice cream cones?|illipe butter|"
    r"vegetable suet|marshmallow (fluff|creme|root)|(soy|soya|tofu|tempeh|seitan|coconut|mushroom|carrot) "
    r"(chorizo|bacon|sausages?|burgers?|jerky|ham|dogs?|milk)|(nut|walnut|pecan|coconut|almond|cashew) ?meats?)\b"
)
EGG_OR_MILK_OF = re.compile(
    r"\b(quail|duck|chicken|goose|turkey|ostrich|emu|pheasant|hens?) eggs?\b(?! (rolls?|noodles?|salad|drop|foo))|\b(goat|cow|"
    r"sheep|ewe|buffalo|camel|mare|yak)'?s?'? "
    r"(milk|cheese|butter|yogurt|yoghurt|cream|ghee|kefir)\b|\bbuffalo mozzarella\b|\bgoat gouda\b"
)
MEAT = """beef pork lamb veal mutton ham hams bacon sausage sausages venison meat meats meatball meatballs meatloaf steak steaks prosciutto
pancetta salami chorizo pepperoni frankfurter frankfurters frank franks hotdog wiener wieners bratwurst kielbasa bologna mortadella
pastrami bison goat rabbit hare boar deer elk moose reindeer caribou lard tallow suet liver livers kidney-pie tripe brisket
spareribs ribs sirloin liverwurst mettwurst wurst blood jerky hamburger hamburgers cheeseburger cheeseburgers carnitas gyro oxtail
horsemeat seal whale bear squirrel raccoon opossum muskrat beaver andouille lardons speck capicola guanciale sweetbread sweetbreads
chitterlings charcuterie merguez nduja frog alligator crocodile bresaola crickets mealworms""".split()
POULTRY = """chicken chickens turkey duck ducks goose quail quails pheasant poultry capon squab partridge ostrich emu grouse foie schmaltz
poulard guinea-fowl fowl gizzard gizzards giblets pigeon hen cockerel""".split()
FISH = """fish salmon tuna cod codfish trout halibut mackerel sardine sardines anchovy anchovies herring herrings haddock tilapia bass
flounder swordfish catfish snapper eel eels caviar roe monkfish pollock carp grouper hake plaice turbot whiting sturgeon surimi
bonito pike perch smelt saithe kipper kippers shark mullet bream seabream sprat sprats worcestershire dashi bottarga pilchard
pilchards ling gefilte lox taramosalata""".split()
SHELLFISH = """shrimp shrimps prawn prawns crab crabs crabmeat lobster lobsters scallop scallops clam clams mussel mussels oyster oysters
squid octopus calamari crayfish crawfish abalone snail snails escargot escargots cuttlefish langoustine langoustines krill
whelk whelks cockles conch shellfish crustacean crustaceans mollusc molluscs periwinkle scampi""".split()
PRODUCT = set(
    """milk cheese cheesy cheeses butter buttery cream creamy egg eggs yogurt yoghurt yogurts honey ghee whey custard mozzarella parmesan
cheddar
ricotta mascarpone brie camembert feta gouda buttermilk mayonnaise mayo omelet omelette kefir paneer quark casein caseinate lactose
gruyere gruyère
emmental roquefort gorgonzola provolone alfredo bechamel béchamel hollandaise ranch cheesecake tiramisu quiche gratin latte cappuccino
beeswax meringue meringues brioche croissant croissants parmigiano pecorino halloumi skyr curd curds macchiato eggnog icecream gelato
ranchera""".split()
)
FAMILIES = {"meat": set(MEAT), "poultry": set(POULTRY), "fish": set(FISH), "shellfish": set(SHELLFISH)}
ANY_MEAT = {"meat", "meats", "liver", "livers", "sausage", "sausages", "steak", "steaks"}  # of any animal
DEAD_EXTRA = set(
    "gelatin gelatine gelatins rennet cochineal carmine isinglass marshmallow marshmallows seafood jello collagen insect".split()
)
FRUITS = (
    r"apples?|bananas?|cherry|cherries|fig|dates?|raisins?|lemon|orange|coconut|\w*berry|\w*berries|fruits?|peach|plum|apricot|"
    r"mango|pineapple|"
    r"pumpkin|corn|\w*nuts?|almonds?|pecans?|rum|sesame|poppy"
)
# A category that does not stand alone beside these words.
MORE = {
    "bakery": re.compile(rf"\b({FRUITS}|cheese|zucchini|carrot|stollen|baklava|marzipan)\b"),
    "confectionery": re.compile(rf"\b({FRUITS}|syrup|sauce|spread|peanut)\b"),
    "sweetener": re.compile(r"\b(date|apple|barley|malt|rice|cinnamon|coconut|\w*berry|vanilla|chocolate|ginger|fruit|lemon|rose)\b"),
    "condiment": re.compile(rf"\b({FRUITS}|tomato(es)?|pepper|chil[ie]+|corn|pickle|mushroom|vegetable|egg|dill|chutney|relish|"
        rf"cherry|wine)\b"),
    "fruit": re.compile(r"\b(candied|glac[eé]|candy|chutney|sauce|syrup|wine|powder|juice|vinegar|oil|jam|peel)\b"),
    "grain": re.compile(r"\b(soy|soya|soybeans?|nuts?|seeds?)\b"),
    "vegetable": re.compile(r"\b(lentils?|soybeans?|powder|juice|sauce|paste|oil|greens|sprouts?|chili|soup)\b"),
    "fat_oil": re.compile(r"\b(?!(olive|canola|rapeseed|palm|corn|rice bran|vegetable|frying|cooking|salad|fat|hydrogenated|"
        r"margarine)\b)(\w+) (oil|butter|fat)\b"),
    "dairy": re.compile(r"\b(powdered cheese|caseinate|casein|bavarian|dessert|cake|dip|sauce)\b"),
    "spice": re.compile(r"\b(cubanelle|banana peppers?|anaheim|candied|paste|sauce|pickled|herb|stuffed)\b"),
    "seed": re.compile(r"nuts?$|kernels?$|\bpine\b"),
    "nut": re.compile(r"\b(paste|kernels?|drink|powder|vinegar|butter|ice|cookies?)\b"),
    "herb": re.compile(r"seeds?$"),
    "legume": re.compile(r"\b(chili|boston|sprouts?|refried)\b"),
    "poultry": re.compile(r"\b(spread|salad)\b"),
    "meat": re.compile(r"\b(spread|salad)\b"),
    "fish": re.compile(r"\b(spread|salad|pickled)\b"),
}
OTHER_FLOUR = re.compile(r"\b(peas?|beans?|lentils?|soy|soya|\w*nuts?|almonds?|seeds?|sesame|potato|yam|cassava|plantain|banana|fish|"
    r"fruit|lupin|carob|meat|mustard)\b")
KEPT_MILK = re.compile(r"\b(condensed|evaporated|powder|powdered|dry|dried)\b")
MIXED = re.compile(
    r"\b(soups?|rolls?|benedict|pies?|pizzas?|sandwich(es)?|lasagn[ae]|stews?|casseroles?|burgers?|tacos?|burritos?|quiches?|"
    r"enchiladas?|salads?|dishes|"
    r"dips?|gumbo|kimchi|mashed|creamed|curry|chili|wraps?|stuffed|noodles? with|bubble tea|cocktails?|junket|quorn|mycoprotein|"
    r"tofutti|bavarian)\b"
)
VEGAN = re.compile(r"\b(vegan|vegetarian|veggie|plant|plant-based|meatless|meat-free|vegetal|imitation|mock|dairy-free|non-dairy|"
    r"nondairy)\b")
FUNGI = re.compile(r"mushroom|fung(us|i)\b|truffle|yeast(?!.* bread)|koji|quorn|mycoprotein|nigari")
DISHES = re.compile(
    r"\b(soups?|stews?|curry|salads?|pies?|sandwich(es)?|pizzas?|burgers?|casseroles?|tacos?|burritos?|wraps?|stir[- ]fry|tarts?|quiches?|"
    r"dumplings?|rolls?|with|and|stuffed|filled|in|on|of|from|à|chowder|bisque|gumbo|chili con carne|toast|lasagn[ae]|enchiladas?|"
    r"kebabs?|pot pie)\b"
)
