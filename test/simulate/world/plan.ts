import { createRandomness, type Randomness } from '../virtual/randomness.ts';
import { type Action, type ActionKind, FAULTS, STORM_MS, WORK } from './action.ts';
import { EPISODES, type Episode } from './episodes.ts';

const WORK_ACTIONS = 26;
const FAULT_ACTIONS = 9;

/** Of a plan with episodes. */
const LESS_WORK_ACTIONS = 12;
const FEW_FAULT_ACTIONS = 3;

/** Four seeds of ten have nothing but chance in their plan. */
const WILD = 0.4;

const DECK = EPISODES.flatMap((episode) => Array<Episode>(episode.share).fill(episode));

/** The plan of a seed: what chance brings, or episodes that lead to where it seldom gets, with a little of it around them. */
export function planOf(seed: number): readonly Action[] {
  const profile = createRandomness(seed, 'profile');
  const random = createRandomness(seed, 'plan');
  const actions = profile.chance(WILD) ? wild(random) : staged(random, profile);
  return actions.sort((one, other) => one.at - other.at);
}

/** Not every seed has every kind of fault, so that what one hides another shows. */
function wild(random: Randomness): Action[] {
  return chanceOf(random, { work: WORK_ACTIONS, faults: FAULT_ACTIONS, share: 0.45 });
}

function staged(random: Randomness, profile: Randomness): Action[] {
  const actions = chanceOf(random, { work: LESS_WORK_ACTIONS, faults: FEW_FAULT_ACTIONS, share: 0.2 });
  const arrange = (kind: ActionKind, target = 'world') =>
    void actions.push({ at: 0, kind, target, a: profile.next(), b: profile.next() });
  if (profile.chance(0.7)) arrange('tokens');
  if (profile.chance(0.5)) arrange('pages');
  if (profile.chance(0.5)) arrange('readers');
  for (let left = profile.between(1, 3); left > 0; left -= 1) {
    const { lasts, play } = profile.pick(DECK);
    const begins = profile.chance(0.5) ? STORM_MS - lasts - 1 : profile.int(STORM_MS - lasts);
    actions.push(...play(profile).map((action) => ({ ...action, at: action.at + begins })));
  }
  return actions;
}

interface Chance {
  readonly work: number;
  readonly faults: number;
  /** The share of the kinds of fault that occur. */
  readonly share: number;
}

function chanceOf(random: Randomness, { work, faults, share }: Chance): Action[] {
  const occurring = Object.entries(FAULTS).filter(() => random.chance(share));
  const actions: Action[] = [];
  for (let count = 0; count < work; count += 1) actions.push(actionOf(random, Object.entries(WORK)));
  if (occurring.length > 0) {
    for (let count = 0; count < faults; count += 1) actions.push(actionOf(random, occurring));
  }
  return actions;
}

type Shares = readonly (readonly [string, { readonly share: number; readonly targets: readonly string[] }])[];

function actionOf(random: Randomness, kinds: Shares): Action {
  let left = random.next() * kinds.reduce((sum, [, { share }]) => sum + share, 0);
  const [kind, { targets }] = kinds.find(([, { share }]) => {
    left -= share;
    return left < 0;
  }) as Shares[number];
  return {
    at: random.int(STORM_MS),
    kind: kind as ActionKind,
    target: random.pick(targets),
    a: random.next(),
    b: random.next(),
  };
}
