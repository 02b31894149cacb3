/** A family of products that the sample catalog draws from. Prices are in cents. */
export interface Family {
  readonly category: string;
  readonly prefix: string;
  readonly nouns: readonly string[];
  readonly lowest: number;
  readonly highest: number;
  readonly materials: readonly string[];
  readonly taxClass: 'standard' | 'reduced';
}

/** Word lists of the sample data. All names are made up. */
export const FAMILIES: readonly Family[] = [
  {
    category: 'Office',
    prefix: 'OF',
    nouns: ['Notebook', 'Ring Binder', 'Desk Tray', 'Pen Set', 'Stapler', 'Whiteboard', 'Label Printer', 'Hole Punch'],
    lowest: 190,
    highest: 8_900,
    materials: ['recycled paper', 'steel', 'bamboo', 'ABS'],
    taxClass: 'standard',
  },
  {
    category: 'Kitchen',
    prefix: 'KI',
    nouns: ['Saucepan', 'Chef Knife', 'Cutting Board', 'Mixing Bowl', 'Kettle', 'Pepper Mill', 'Baking Tin', 'Carafe'],
    lowest: 790,
    highest: 14_900,
    materials: ['stainless steel', 'cast iron', 'beech', 'glass'],
    taxClass: 'standard',
  },
  {
    category: 'Garden',
    prefix: 'GA',
    nouns: ['Watering Can', 'Hand Trowel', 'Plant Pot', 'Pruner', 'Bird Feeder', 'Hose Reel', 'Rake', 'Seed Tray'],
    lowest: 350,
    highest: 11_900,
    materials: ['zinc', 'terracotta', 'ash', 'polypropylene'],
    taxClass: 'standard',
  },
  {
    category: 'Lighting',
    prefix: 'LI',
    nouns: ['Desk Lamp', 'Pendant', 'Wall Light', 'Floor Lamp', 'Lantern', 'Light Strip', 'Clip Lamp', 'Spotlight'],
    lowest: 1_490,
    highest: 29_900,
    materials: ['brass', 'linen', 'aluminium', 'opal glass'],
    taxClass: 'standard',
  },
  {
    category: 'Pantry',
    prefix: 'PA',
    nouns: [
      'Wild Honey',
      'Olive Oil',
      'Rye Crispbread',
      'Plum Jam',
      'Green Tea',
      'Coffee Beans',
      'Sea Salt',
      'Mustard',
    ],
    lowest: 250,
    highest: 2_490,
    materials: ['jar', 'tin', 'pouch', 'bottle'],
    taxClass: 'reduced',
  },
  {
    category: 'Textiles',
    prefix: 'TE',
    nouns: ['Bath Towel', 'Wool Blanket', 'Cushion', 'Apron', 'Table Runner', 'Curtain', 'Tote Bag', 'Doormat'],
    lowest: 990,
    highest: 17_900,
    materials: ['cotton', 'linen', 'lambswool', 'jute'],
    taxClass: 'standard',
  },
  {
    category: 'Workshop',
    prefix: 'WO',
    nouns: ['Hammer', 'Screwdriver Set', 'Spirit Level', 'Clamp', 'Toolbox', 'Hand Saw', 'Tape Measure', 'Work Gloves'],
    lowest: 490,
    highest: 19_900,
    materials: ['chrome vanadium', 'oak', 'leather', 'steel'],
    taxClass: 'standard',
  },
];

export const BRANDS = [
  'Northfell',
  'Aldering',
  'Casa Verda',
  'Brightwell',
  'Ostmark & Sohn',
  'Linden',
  'Halvard',
  'Tamsin',
];
export const QUALITIES = [
  'Classic',
  'Compact',
  'Folding',
  'Large',
  'Slim',
  'Heavy-Duty',
  'Stackable',
  'Travel',
  'Studio',
];
export const COLOURS = ['anthracite', 'sand', 'moss', 'cobalt', 'ivory', 'rust', 'slate', 'natural'];
export const FIRST_NAMES = [
  'Anna',
  'Bela',
  'Carla',
  'David',
  'Elif',
  'Farid',
  'Greta',
  'Henrik',
  'Ines',
  'Jonas',
  'Katya',
  'Luis',
  'Mira',
  'Nils',
  'Olga',
  'Piet',
  'Rosa',
  'Sven',
  'Tariq',
  'Ute',
];
export const LAST_NAMES = [
  'Ahlers',
  'Brandt',
  'Costa',
  'Dietz',
  'Eriksen',
  'Fuchs',
  'Gruber',
  'Haas',
  'Ivanov',
  'Jansen',
  'Keller',
  'Lopez',
  'Meyer',
  'Novak',
  'Otten',
  'Petersen',
  'Reuter',
  'Sommer',
  'Thiel',
  'Vogt',
];
export const TRADES = [
  'Home',
  'Interiors',
  'Hardware',
  'Garden Centre',
  'Stationers',
  'Delicatessen',
  'Design Store',
  'Trading',
];
export const LEGAL_FORMS = ['GmbH', 'KG', 'AG', 'B.V.', 'S.A.'];
export const STREETS = [
  'Lindenallee',
  'Hafenstraße',
  'Marktplatz',
  'Mühlenweg',
  'Am Kanal',
  'Gartenstraße',
  'Bahnhofstraße',
  'Schlossgasse',
];

/** A town of the sample addresses. */
export interface Town {
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

export const TOWNS: readonly Town[] = [
  { city: 'Berlin', postalCode: '10115', country: 'DE' },
  { city: 'Hamburg', postalCode: '20095', country: 'DE' },
  { city: 'München', postalCode: '80331', country: 'DE' },
  { city: 'Leipzig', postalCode: '04109', country: 'DE' },
  { city: 'Wien', postalCode: '1010', country: 'AT' },
  { city: 'Graz', postalCode: '8010', country: 'AT' },
  { city: 'Zürich', postalCode: '8001', country: 'CH' },
  { city: 'Utrecht', postalCode: '3511', country: 'NL' },
];

/** Where the sample business keeps its stock. */
export const LOCATIONS = ['BER', 'HAM', 'MUC'] as const;
export const SEGMENTS = ['retail', 'wholesale', 'hospitality', 'online'];
export const CARRIERS = ['Postline', 'Kurier Express', 'Nordfracht'];
