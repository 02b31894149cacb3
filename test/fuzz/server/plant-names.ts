/** Deliberate faults of a server, by name. */
export const PLANT_NAMES = [
  'answers-500',
  'answers-429',
  'tells-stack',
  'tells-foreign',
  'serves-anyone',
  'pollutes',
  'grows',
  'crashes',
] as const;

/** See {@link PLANT_NAMES}. */
export type PlantName = (typeof PLANT_NAMES)[number];

/** The variable that tells the server of a run which faults it has. */
export const PLANT_VARIABLE = 'DATASTORES_FUZZ_PLANTS';
