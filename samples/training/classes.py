"""The classes of the scenes. A class's place in the list is its label."""

CLASSES = ('sky', 'cloud', 'sun', 'mountain', 'field', 'water', 'road', 'tree', 'house', 'car', 'boat', 'balloon')

SKY, CLOUD, SUN, MOUNTAIN, FIELD, WATER, ROAD, TREE, HOUSE, CAR, BOAT, BALLOON = range(len(CLASSES))
