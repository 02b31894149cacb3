import type { Random } from '../../bench/documents/random.ts';
import { isFields, isList, type Node } from './json-text.ts';
import { nastyNode } from './nasty.ts';
import { nastyKey } from './texts.ts';

/** The value with one to three places changed into something that nobody expects there. */
export function mutated(node: Node, random: Random): Node {
  let result = node;
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times -= 1) result = mutatedOnce(result, random);
  return result;
}

/** Goes down to a random place, and changes that. */
function mutatedOnce(node: Node, random: Random): Node {
  const goOn = random.integer(0, 3) > 0;
  if (isFields(node) && node.fields.length > 0) {
    const at = random.integer(0, node.fields.length - 1);
    if (!goOn) return { fields: changedFields(node.fields, at, random) };
    return {
      fields: node.fields.map(([key, value], index) => [key, index === at ? mutatedOnce(value, random) : value]),
    };
  }
  if (isList(node) && node.length > 0) {
    const at = random.integer(0, node.length - 1);
    if (!goOn) return changedList(node, at, random);
    return node.map((value, index) => (index === at ? mutatedOnce(value, random) : value));
  }
  return random.integer(0, 9) === 0 ? random.pick<Node>([[node], { fields: [['json', node]] }]) : nastyNode(random);
}

type Entries = readonly (readonly [string, Node])[];

function changedFields(fields: Entries, at: number, random: Random): Entries {
  const [key, value] = fields[at] as Entries[number];
  const others = fields.filter((_, index) => index !== at);
  switch (random.integer(0, 5)) {
    case 0:
      return others;
    case 1:
      return [...others, [nastyKey(random), value]];
    case 2:
      return [...fields, [key, nastyNode(random)]];
    case 3:
      return [...fields, [nastyKey(random), nastyNode(random)]];
    case 4:
      return [...others, [key, nastyNode(random)]];
    default:
      return [['__proto__', { fields }], ...others];
  }
}

function changedList(list: readonly Node[], at: number, random: Random): Node {
  const value = list[at] as Node;
  switch (random.integer(0, 3)) {
    case 0:
      return list.filter((_, index) => index !== at);
    case 1:
      return [...list, ...list];
    case 2:
      return Array.from({ length: random.pick([33, 501, 1_001]) }, () => value);
    default:
      return [...list, nastyNode(random)];
  }
}
