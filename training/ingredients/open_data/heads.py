"""What the last words of an English food name say of it: the guide's table, as heads of names."""

from __future__ import annotations

# source: categories: heads. "-" where the head alone does not tell. The longest head that ends a name
# wins; one marked "=" must be the whole name.
TABLE = """
animal_product | dairy | cheese, yogurt, yoghurt, sour cream, creme fraiche, crème fraîche, cream, quark, skyr, cottage cheese,
    cream cheese, whey, buttermilk, mozzarella, cheddar, parmesan, ricotta, mascarpone, brie, camembert, feta, gouda, provolone, gruyere,
    emmental, paneer, pecorino, gorgonzola, roquefort, asiago, milk powder, milk solids, curds, half and half, half & half, goat cheese,
    swiss, gruyère
animal_product | dairy,beverage | milk, kefir, buttermilk drink, lassi, chocolate milk
animal_product | dairy,fat_oil | butter, ghee, butterfat
animal_product | confectionery,dairy | ice cream, gelato, custard, frozen yogurt, pudding, milkshake
animal_product | confectionery | milk chocolate, white chocolate, dulce de leche, milk chocolate chips, white chocolate chips
animal_product | bakery,dairy | cheesecake
animal_product | egg | egg, eggs, egg white, egg whites, egg yolk, egg yolks
animal_product | egg,dish | omelette, omelet, frittata
animal_product | sweetener | honey
animal_product | condiment | mayonnaise, mayo, pesto, tartar sauce, hollandaise sauce, bearnaise sauce, aioli, ranch dressing,
    honey mustard
animal_product | bakery | brioche, croissant, croissants, sponge cake, pound cake, butter cookie, butter cookies, naan, shortbread,
    doughnut, doughnuts, donut, donuts, muffin, muffins, pancake, pancakes, waffle, waffles, crepe, crepes, brownie, brownies,
    danish pastry
animal_product | pasta | egg noodle, egg noodles, egg pasta
plant | legume,condiment | soy sauce, soya sauce, tamari, shoyu, miso, miso paste
plant | condiment | vinegar, mustard, ketchup, catsup, hot sauce, sriracha, sriracha sauce, chutney, capers, salsa, relish, barbecue sauce,
    bbq sauce, hoisin sauce, chili sauce, sweet chili sauce, harissa, taco sauce, picante sauce, adobo sauce, dijon mustard, tabasco sauce,
    enchilada sauce, sweet and sour sauce, plum sauce, vinaigrette
dead_animal | fish,condiment | fish sauce, anchovy paste, worcestershire sauce, worcestershire
dead_animal | shellfish,condiment | oyster sauce, shrimp paste
dead_animal | dish | hot dog, hot dogs, corn dog, corn dogs, hamburger, hamburgers, cheeseburger, cheeseburgers
plant | fruit,condiment | jam, marmalade, fruit preserves, applesauce, apple sauce, cranberry sauce, apple butter, strawberry jelly,
    grape jelly
plant | legume,nut,condiment | peanut butter
plant | nut,condiment | almond butter, cashew butter
plant | legume,condiment | hummus, houmous
plant | vegetable,fruit,condiment | guacamole, tomato paste, tomato puree
plant | seed,condiment | tahini, sesame paste
plant | vegetable,condiment | sauerkraut, gherkin, gherkins, dill pickle, dill pickles
plant | vegetable,fruit | tomato, tomatoes, olive, olives, avocado, avocados, avocadoes, passata
plant | vegetable | potato flour, cauliflower rice, cauliflower steak, cauliflower steaks, water chestnut, potato, potatoes, onion, onions,
    shallot, shallots, leek, leeks, garlic, garlic clove, garlic cloves, carrot, carrots, celery, cabbage, lettuce, spinach, kale, chard,
    broccoli, cauliflower, cucumber, cucumbers, zucchini, courgette, courgettes, squash, squashes, pumpkin, pumpkins, eggplant, eggplants,
    aubergine, aubergines, beet, beets, beetroot, turnip, turnips, radish, radishes, parsnip, parsnips, bell pepper, bell peppers,
    green pepper, green peppers, yellow pepper, orange pepper, sweet pepper, sweet peppers, asparagus, artichoke, artichokes,
    artichoke hearts, okra, arugula, rocket, endive, fennel bulb, bok choy, pak choi, brussels sprouts, brussels sprout, celeriac,
    rutabaga, taro, yam, yams, cassava, scallion, scallions, spring onion, green onion, green onions, spring onions, sweet potato,
    sweet potatoes, french fries, potato chips, watercress, bamboo shoots, water chestnuts, hearts of palm, rhubarb, collard greens,
    mustard greens, turnip greens, rapini, red pepper strips, jicama, kohlrabi, radicchio, potato starch
plant | vegetable,grain | corn, corn kernels, sweet corn, sweetcorn, baby corn, corn on the cob
plant | grain | rice, flour, wheat, oats, oat, oatmeal, rolled oats, barley, bulgur, quinoa, millet, rye, cornmeal, polenta, semolina,
    grits, wheat germ, wheat bran, oat bran, bran, buckwheat, amaranth, spelt, sorghum, popcorn, farro, corn flour, bread flour,
    cake flour, rice cake, rice cakes, muesli
plant | grain,additive | corn starch, cornstarch, cornflour, wheat starch, rice starch
plant | nut | almond flour, acorn flour, coconut flour, chestnut flour, coconut, almonds, almond, walnut, walnuts, pecan, pecans, cashew,
    cashews, hazelnut, hazelnuts, pistachio, pistachios, macadamia nut, macadamia nuts, brazil nut, brazil nuts, chestnut, chestnuts,
    pine nut, pine nuts, coconut milk, coconut cream, nuts, ground almonds
plant | legume,nut | peanut, peanuts
plant | seed | sesame seed, sesame seeds, sunflower seed, sunflower seeds, poppy seed, poppy seeds, chia seed, chia seeds, flaxseed,
    flax seed, flax seeds, flaxseeds, linseed, pumpkin seed, pumpkin seeds, hemp seed, hemp seeds, pepitas
plant | legume | chick pea, chick peas, pigeon pea, pigeon peas, cow pea, cow peas, cowpeas, yellow peas, beans, bean, soybean flour,
    bean flour, gram flour, lima bean, chana dal, lentil, lentils, chickpea, chickpeas, garbanzo beans, split peas, black-eyed peas,
    soybean, soybeans, chickpea flour, kidney bean, pinto bean, navy bean, black bean, black beans, cannellini bean, lima beans, mung bean,
    mung beans, adzuki bean, baked beans, soy flour, split pea, black-eyed pea
plant | legume,vegetable | green bean, green beans, snap beans, string bean, string beans, snow pea, snow peas, peas, pea, green peas,
    green pea, edamame, bean sprout, bean sprouts, runner beans, broad beans, sugar snap peas, wax beans, wax bean, haricot vert,
    haricots verts, pea pods
plant | legume,substitute | tofu, tempeh, textured vegetable protein
plant | fruit | apple, apples, pear, pears, peach, peaches, plum, plums, cherry, cherries, apricot, apricots, nectarine, nectarines, grape,
    grapes, orange, oranges, lemon, lemons, lime, limes, grapefruit, tangerine, mandarin, clementine, banana, bananas, plantain, plantains,
    mango, mangoes, mangos, papaya, pineapple, kiwi, kiwifruit, melon, melons, watermelon, cantaloupe, strawberry, strawberries, raspberry,
    raspberries, blueberry, blueberries, blackberry, blackberries, cranberry, cranberries, currants, raisin, raisins, sultanas, prune,
    prunes, dates, fig, figs, guava, lychee, persimmon, pomegranate, quince, gooseberries, gooseberry, mulberries, elderberries,
    lemon zest, orange zest, lime zest, orange peel, lemon peel, berries, pomegranate seeds, pomegranate arils
plant | beverage,fruit | lemon juice, lime juice, orange juice, apple juice, grape juice, pineapple juice, cranberry juice,
    grapefruit juice, pomegranate juice, cherry juice, fruit juice, nectar, prune juice, mango juice, apple cider
plant | beverage,vegetable | tomato juice, carrot juice, vegetable juice
plant | beverage,nut | coconut water
plant | beverage,nut,substitute | almond milk, cashew milk, hazelnut milk
plant | beverage,grain,substitute | rice milk, oat milk
plant | beverage,legume,substitute | soy milk, soya milk, soymilk
plant | beverage,herb | green tea, black tea, herbal tea, tea leaves, tea bag, tea bags, oolong tea, white tea
plant | beverage | orange squash, lemon squash, barley water, coffee, espresso, coffee beans, coffee granules, cola, soda, lemonade,
    ginger ale, root beer, tonic water, ginger beer, iced tea, sports drink, energy drink
plant | alcohol,beverage | wine, beer, ale, lager, stout, rum, vodka, gin, whiskey, whisky, bourbon, tequila, brandy, cognac, champagne,
    sherry, vermouth, sake, cider, orange liqueur, coffee liqueur, port wine, triple sec, prosecco, absinthe, mezcal, scotch, hard cider,
    pinot noir
plant | alcohol,condiment | cooking wine, mirin, cooking sherry
plant | fat_oil | olive oil, canola oil, vegetable oil, rapeseed oil, palm oil, corn oil, margarine, shortening, vegetable shortening,
    safflower oil, rice bran oil, cottonseed oil, avocado oil, cooking spray, salad oil, grapeseed oil
plant | nut,fat_oil | coconut oil, walnut oil, almond oil, hazelnut oil
plant | seed,fat_oil | sesame oil, sunflower oil, flaxseed oil, linseed oil
plant | legume,fat_oil | soybean oil
plant | legume,nut,fat_oil | peanut oil
plant | sweetener | sugar, maple syrup, molasses, corn syrup, agave nectar, agave syrup, agave, golden syrup, treacle, cane syrup, syrup,
    stevia, fructose, dextrose, glucose, maltodextrin
plant | confectionery | cocoa beans, cacao beans, cocoa bean, dark chocolate, cocoa, cocoa powder, cacao, semisweet chocolate,
    bittersweet chocolate, sorbet, licorice, cocoa nibs, cacao nibs, unsweetened chocolate, semisweet chocolate chips, jelly beans,
    cotton candy, hard candy
plant | herb | basil, parsley, cilantro, coriander leaf, coriander leaves, mint, dill, thyme, oregano, rosemary, sage, tarragon, chervil,
    chives, bay leaf, bay leaves, marjoram, lemongrass, curry leaves, lemon balm, mint leaves, basil leaves, dill weed, sorrel, savory,
    lavender, chive
plant | spice | black pepper, white pepper, =pepper, ground pepper, cracked pepper, lemon pepper, szechuan pepper, sichuan pepper,
    peppercorn, peppercorns, cinnamon, cinnamon stick, cinnamon sticks, nutmeg, cloves, cumin, cumin seed, cumin seeds, coriander seed,
    coriander seeds, turmeric, paprika, cayenne, cayenne pepper, allspice, cardamom, ginger, chili powder, chile powder, curry powder,
    garam masala, saffron, fennel seed, fennel seeds, caraway seed, caraway seeds, mustard seed, mustard seeds, star anise, vanilla bean,
    vanilla beans, vanilla pod, jalapeno, jalapenos, jalapeno pepper, jalapeno peppers, habanero, habanero pepper, serrano chile,
    serrano pepper, chili pepper, chile pepper, chili peppers, chile peppers, red pepper flakes, chile, chiles, chilies, chilli, chillies,
    chipotle, chipotles, celery seed, celery seeds, anise seed, italian seasoning, pumpkin pie spice, wasabi, five-spice powder, sumac,
    annatto, cayenne peppers, dill seed, galangal, hot peppers, poblano, aniseed, ginger root, poultry seasoning
plant | spice,vegetable | garlic powder, onion powder, garlic granules, onion flakes
plant | spice,additive | vanilla extract, vanilla essence
plant | bakery | bread, breads, pita, baguette, ciabatta, tortilla, tortillas, breadcrumbs, bread crumbs, sourdough, flatbread, bagel,
    bagels, rye bread, pita bread, wheat bread, whole wheat bread, white bread, french bread, italian bread, flour tortilla,
    flour tortillas, corn tortilla, corn tortillas, breadstick, breadsticks, pretzel, pretzels, crispbread, saltines
plant | pasta | pasta, spaghetti, macaroni, penne, fusilli, linguine, rigatoni, farfalle, noodles, couscous, rice noodles, vermicelli,
    orzo, lasagna noodles, udon noodles, soba noodles, rice vermicelli, ditalini, rotini, bucatini, udon, soba, conchiglie, capellini
plant | seaweed | nori, kombu, wakame, dulse, seaweed, kelp, hijiki
plant | seaweed,additive | agar, agar-agar, agar agar
plant | additive | carrageenan, rose water, rosewater, orange flower water, orange blossom water, pectin, almond extract, lemon extract,
    peppermint extract, orange extract, mint extract
other | additive | baking powder, baking soda, yeast, xanthan gum, citric acid, ascorbic acid, bicarbonate of soda, gellan gum
other | condiment | nutritional yeast
other | spice | salt
other | beverage | water, mineral water, sparkling water, soda water, club soda, ice cubes, ice cube, seltzer, spring water, tap water
other | mushroom | mushroom, mushrooms, shiitake, portobello, chanterelle, chanterelles, morel, morels, truffle mushroom, porcini, enoki,
    maitake
other | sweetener | artificial sweetener, sucralose, aspartame, saccharin
dead_animal | meat | beef, pork, lamb, veal, ham, bacon, venison, mutton, prosciutto, pancetta, salami, sausage, sausages, chorizo,
    pepperoni, pork chop, pork chops, spareribs, short ribs, frankfurter, frankfurters, bratwurst, kielbasa, steak, steaks, brisket,
    sirloin, meatballs, bologna, mortadella, pastrami, salt pork, tenderloin, bison, oxtail, goat meat, rabbit, liverwurst, flank steak
dead_animal | meat,fat_oil | lard, tallow, suet, bacon fat, bacon grease, bacon drippings, dripping, beef fat, pork fat
dead_animal | poultry | chicken, turkey, duck, goose, quail, pheasant, chicken breast, chicken breasts, chicken thigh, chicken thighs,
    chicken wings, chicken leg, chicken legs, chicken liver, chicken livers, turkey breast, duck breast, foie gras, turkey bacon,
    turkey ham, turkey sausage, chicken sausage, turkey sausages, chicken sausages, turkey kielbasa, turkey steak, ground turkey,
    cornish hen, cornish hens, guinea fowl
dead_animal | poultry,fat_oil | schmaltz, duck fat, chicken fat, goose fat
dead_animal | fish | fish, salmon, tuna, cod, trout, halibut, mackerel, sardine, sardines, anchovy, anchovies, anchovy fillets, herring,
    haddock, tilapia, sea bass, flounder, swordfish, catfish, snapper, mahi mahi, eel, caviar, roe, monkfish, pollock, carp, grouper,
    fish fillets, fish fillet, salmon fillet, salmon fillets, surimi, salmon steak, tuna steak, tuna steaks, salmon steaks, halibut steaks
dead_animal | shellfish | shrimp, shrimps, prawn, prawns, crab, crabs, crabmeat, crab meat, lobster, lobsters, scallop, scallops, clam,
    clams, mussel, mussels, oyster, oysters, squid, octopus, calamari, crayfish, crawfish, abalone, snails, cuttlefish, sea urchin,
    crab claws
dead_animal | condiment,meat | beef broth, beef stock, beef bouillon
dead_animal | condiment,poultry | chicken broth, chicken stock, chicken bouillon
plant | condiment,vegetable | vegetable broth, vegetable stock, vegetable bouillon
dead_animal | condiment,fish | fish stock, fish broth
dead_animal | additive | gelatin, gelatine, gelatin powder, rennet
dead_animal | meat,dish | scotch egg, scotch eggs
dead_animal | dish | quiche lorraine
- | dish | boston baked beans
dead_animal | meat | head cheese, black pudding, white pudding, blood pudding
animal_product | bakery | bread pudding, yorkshire pudding
plant | legume | pease pudding
dead_animal | confectionery | marshmallow, marshmallows
- | condiment | dressing, salad dressing, gravy, barbecue rub
- | alcohol,beverage | liqueur, cocktail, liquor
- | bakery | banana bread, zucchini bread, pumpkin bread, potato bread, monkey bread, soda bread, garlic bread, cuban bread, sweet bread,
    corn bread, soft pretzel, pie dough, plum pudding, christmas pudding, suet pudding, steamed pudding, cookie, cookies, cake, biscuit,
    biscuits, cracker, crackers, roll, rolls, bun, buns, pie crust, pastry, puff pastry, phyllo dough, filo pastry, shortcrust pastry,
    cupcake, cupcakes, cake mix, graham cracker crumbs, bread stuffing
- | pasta | tagliatelle, fresh pasta, hokkien noodles, ravioli, tortellini
- | pasta,dish | macaroni and cheese
- | grain,dish | fried rice, mexican rice, spanish rice, dirty rice
- | dish | spring roll, spring rolls, egg roll, egg rolls, pizza, lasagna, lasagne, burrito, burritos, sandwich, sandwiches, taco, tacos,
    sushi, enchilada, enchiladas, paella, burger, burgers
- | confectionery | =butter pecan, jelly egg, jelly eggs, chocolate egg, chocolate eggs, easter egg, easter eggs, =chocolate,
    chocolate syrup, candy, candies, chocolate chips, frosting, icing, chewing gum, fudge, toffee, caramel, caramels, chocolate bar,
    nougat
- | grain | cereal, granola, breakfast cereal
- | additive | cream of tartar, food coloring, food colouring, pickling lime, food color, food dye
"""


EXACT: set[str] = set()


def _load() -> dict[str, tuple[str | None, tuple[str, ...] | None]]:
    heads: dict[str, tuple[str | None, tuple[str, ...] | None]] = {}
    for line in TABLE.strip().replace("\n    ", " ").splitlines():
        source, categories, names = (part.strip() for part in line.split("|"))
        for name in names.split(","):
            name = name.strip()
            if name.startswith("="):
                name = name[1:]
                EXACT.add(name)
            heads[name] = (None if source == "-" else source, None if categories == "-" else tuple(categories.split(",")))
    return heads


HEADS = _load()
