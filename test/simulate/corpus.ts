import type { Action } from './world/action.ts';

/** The smallest known storm in which a fault that was mended shows, and the plant that brings the fault back. */
export interface CorpusEntry {
  readonly plant: string;
  readonly kind: string;
  readonly seed: number;
  readonly actions: readonly Action[];
}

/** What simulations have found. Without the plant nothing goes wrong in any of them; with it, what went wrong then. */
export const CORPUS: readonly CorpusEntry[] = [
  {
    plant: 'half-silent-merge',
    kind: 'lost-write',
    seed: 41,
    actions: [
      { at: 13734, kind: 'insert', target: 'r1', a: 0.6064375545829535, b: 0.772980910493061 },
      { at: 13759, kind: 'insert', target: 'r2', a: 0.7759772085119039, b: 0.6617693938314915 },
    ],
  },
  {
    plant: 'clock-trust',
    kind: 'diverged',
    seed: 26,
    actions: [
      { at: 16978, kind: 'clock-server', target: 'server', a: 0.43164028017781675, b: 0.07288838154636323 },
      { at: 18167, kind: 'system-edit', target: 'shop', a: 0.2474993709474802, b: 0.2970438140910119 },
    ],
  },
  {
    plant: 'future-write-kept',
    kind: 'diverged',
    seed: 92,
    actions: [
      { at: 16385, kind: 'clock-server', target: 'server', a: 0.6114980597048998, b: 0.11686652549542487 },
      { at: 19464, kind: 'insert', target: 'r3', a: 0.2922104091849178, b: 0.025171896209940314 },
      { at: 20133, kind: 'system-remove', target: 'shop', a: 0.27203741017729044, b: 0.604529874632135 },
    ],
  },
  {
    plant: 'refused-deletion-known',
    kind: 'diverged',
    seed: 260,
    actions: [
      { at: 808, kind: 'scopes', target: 'r3', a: 0.6871320947539061, b: 0.20675883162766695 },
      { at: 1913, kind: 'insert', target: 'r1', a: 0.1808845167979598, b: 0.7253928263671696 },
      { at: 2385, kind: 'delete', target: 'r3', a: 0.6816512725781649, b: 0.6953426545951515 },
      { at: 13530, kind: 'scopes', target: 'r3', a: 0.6168933678418398, b: 0.28664001845754683 },
    ],
  },
  {
    plant: 'unsettled-forgotten',
    kind: 'diverged',
    seed: 314,
    actions: [
      { at: 16527, kind: 'insert', target: 'r1', a: 0.10808301088400185, b: 0.26196103799156845 },
      { at: 17303, kind: 'insert', target: 'r2', a: 0.9442187387030572, b: 0.3415036180522293 },
      { at: 22339, kind: 'system-remove', target: 'erp', a: 0.3308488242328167, b: 0.5463333916850388 },
      { at: 23094, kind: 'delete', target: 'r2', a: 0.19189073983579874, b: 0.059105177875608206 },
      { at: 23155, kind: 'disk-server', target: 'server', a: 0.030133454594761133, b: 0.4224596112035215 },
    ],
  },
  {
    plant: 'acknowledged-unseen',
    kind: 'diverged',
    seed: 27,
    actions: [
      { at: 4959, kind: 'crash-server', target: 'server', a: 0.42934463010169566, b: 0.8735752410721034 },
      { at: 15673, kind: 'copy', target: 'server', a: 0.5482425559312105, b: 0.4178535745013505 },
      { at: 16798, kind: 'edit', target: 'r3', a: 0.07968067703768611, b: 0.8807306662201881 },
      { at: 17046, kind: 'restore', target: 'server', a: 0.6364257512614131, b: 0.7104858863167465 },
    ],
  },
  {
    plant: 'start-forgotten',
    kind: 'diverged',
    seed: 110,
    actions: [
      { at: 0, kind: 'pages', target: 'world', a: 0.1529202952515334, b: 0.7197917280718684 },
      { at: 5084, kind: 'crash-server-within', target: 'server', a: 0.06139870430342853, b: 0.7714228327386081 },
      { at: 5158, kind: 'count', target: 'r2', a: 0.040365251479670405, b: 0.6797549719922245 },
      { at: 8875, kind: 'insert', target: 'r3', a: 0.6588768654037267, b: 0.149051149841398 },
      { at: 9141, kind: 'insert', target: 'r2', a: 0.9623367369640619, b: 0.10311458585783839 },
      { at: 14741, kind: 'compact', target: 'server', a: 0.1437950893305242, b: 0.9368308947887272 },
    ],
  },
  {
    plant: 'unknown-at-home',
    kind: 'lost-write',
    seed: 4,
    actions: [
      { at: 1146, kind: 'insert', target: 'r2', a: 0.6888234191574156, b: 0.6615972064901143 },
      { at: 1914, kind: 'insert', target: 'r2', a: 0.160326226381585, b: 0.3 },
      { at: 1921, kind: 'partition', target: 'r3', a: 0.9, b: 0.7083333333333334 },
      { at: 3576, kind: 'delete', target: 'r2', a: 0.09775225725024939, b: 0.5283654062077403 },
      { at: 9189, kind: 'edit', target: 'r3', a: 0.8510005082935095, b: 0.026711327023804188 },
      { at: 14146, kind: 'compact', target: 'server', a: 0.7099330255296081, b: 0.6031960318796337 },
    ],
  },
  {
    plant: 'held-unseen',
    kind: 'resurrection',
    seed: 2,
    actions: [
      { at: 1509, kind: 'scopes', target: 'r2', a: 0.826864103320986, b: 0.18421449209563434 },
      { at: 5514, kind: 'crash-server-within', target: 'server', a: 0.3308968727942556, b: 0.23297391055880487 },
      { at: 6007, kind: 'insert', target: 'r2', a: 0.7081432284321636, b: 0.11610213574022055 },
      { at: 6222, kind: 'count', target: 'r1', a: 0.7175310552120209, b: 0.9169492803048342 },
      { at: 7036, kind: 'partition', target: 'r1', a: 0.1867514862678945, b: 0.44935503671877086 },
      { at: 8625, kind: 'edit', target: 'r2', a: 0.36218194803223014, b: 0.6127606669906527 },
      { at: 8791, kind: 'count', target: 'r1', a: 0.26348326029255986, b: 0.49170226650312543 },
      { at: 9448, kind: 'partition', target: 'r2', a: 0.061729007633402944, b: 0.8071512742899358 },
      { at: 13575, kind: 'partition', target: 'erp', a: 0.49798201373778284, b: 0.08322216151282191 },
      { at: 16003, kind: 'count', target: 'r1', a: 0.4223768971860409, b: 0.42422225303016603 },
      { at: 16456, kind: 'compact', target: 'server', a: 0.9774562472011894, b: 0.2192411213181913 },
      { at: 16551, kind: 'edit', target: 'r1', a: 0.48330423259176314, b: 0.5868011303246021 },
      { at: 23089, kind: 'system-remove', target: 'erp', a: 0.4045480820350349, b: 0.20647844695486128 },
    ],
  },
  {
    plant: 'overruled-not-told',
    kind: 'lost-write',
    seed: 7,
    actions: [
      { at: 2263, kind: 'edit', target: 'r2', a: 0.035525832790881395, b: 0.03270651702769101 },
      { at: 2578, kind: 'edit', target: 'r2', a: 0.6386121464893222, b: 0.6203561943024397 },
      { at: 2623, kind: 'count', target: 'r1', a: 0.03905609925277531, b: 0.6072278518229722 },
      { at: 2674, kind: 'edit', target: 'r1', a: 0.5152119928970933, b: 0.6579860898666083 },
    ],
  },
  {
    plant: 'withdrawn-not-told',
    kind: 'counter',
    seed: 1,
    actions: [
      { at: 8076, kind: 'weather', target: 'r3', a: 0.7785658736247569, b: 0.49250414641574025 },
      { at: 8564, kind: 'edit', target: 'r3', a: 0.26574849989265203, b: 0.4584315784741193 },
      { at: 12430, kind: 'count', target: 'r3', a: 0.31233420595526695, b: 0.5486719869077206 },
      { at: 12863, kind: 'scopes', target: 'r3', a: 0.18610219052061439, b: 0.9278543936088681 },
    ],
  },
  {
    plant: 'repeat-wins',
    kind: 'returned-value',
    seed: 408,
    actions: [
      { at: 1610, kind: 'edit', target: 'r1', a: 0.37572750682011247, b: 0.31502568908035755 },
      { at: 1759, kind: 'edit', target: 'r1', a: 0.04364635795354843, b: 0.5989021824207157 },
      { at: 2952, kind: 'insert', target: 'r1', a: 0.9046472476329654, b: 0.5962952529080212 },
      { at: 5818, kind: 'edit', target: 'r1', a: 0.8979768122080714, b: 0.7849217406474054 },
      { at: 6201, kind: 'count', target: 'r1', a: 0.978843581629917, b: 0.1456993338651955 },
      { at: 6625, kind: 'insert', target: 'r2', a: 0.7253344454802573, b: 0.38770556123927236 },
      { at: 7226, kind: 'edit', target: 'r3', a: 0.5712631398346275, b: 0.3388145307544619 },
      { at: 7385, kind: 'partition', target: 'r3', a: 0.4882771235425025, b: 0.2734217685647309 },
      { at: 9677, kind: 'edit', target: 'r3', a: 0.8401270986068994, b: 0.832684513181448 },
      { at: 12294, kind: 'edit', target: 'r3', a: 0.5941289605107158, b: 0.7729908458422869 },
      { at: 13167, kind: 'edit', target: 'r2', a: 0.06858290988020599, b: 0.8918327600695193 },
    ],
  },
];
