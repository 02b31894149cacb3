import { parseArgs } from 'node:util';
import { KINDS, type KindName } from './documents/kinds.ts';
import type { Workload } from './workload.ts';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'list' }
  | {
      readonly kind: 'run';
      readonly workloads: readonly Workload[];
      readonly rounds: number;
      readonly datastore: KindName;
      readonly search: boolean;
      /** Null: what the workload has by default. */
      readonly docs: number | null;
      readonly clients: number | null;
      /** True: nothing but the JSON line on standard output. */
      readonly json: boolean;
      readonly profile: boolean;
    };

/** How the options are described where no workload is named. */
export const OPTIONS_TEXT = `Usage: npm run bench -- WORKLOAD [options]
  --docs N          documents (default: see above)
  --rounds N        rounds of control and ours in turn; figures are medians over them (default 3)
  --clients N       live replicas, for propagation (default 2) fan-out (default 200) and crowd (default 1,000)
  --datastore NAME  product, inventory or order, for initial-sync, local-write and push (default product)
  --search          initial-sync: also keep the full-text index of the datastore
  --json            only the JSON line on standard output, the rest on standard error
  --profile         run ours once and say where the time goes`;

/** Reads the command line. Throws a RangeError or TypeError that says what is wrong and what there is. */
export function parseCommand(args: readonly string[], workloads: readonly Workload[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      docs: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      clients: { type: 'string' },
      datastore: { type: 'string', default: 'product' },
      search: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [name, stray] = positionals;
  if (name === undefined || values.help) return { kind: 'list' };
  if (stray !== undefined) throw new TypeError(`One workload at a time, not "${name}" and "${stray}"; or "all".`);
  const selected = select(name, workloads);
  const clients = values.clients === undefined ? null : wholeNumber('--clients', values.clients, 2);
  if (clients !== null && !selected.every((workload) => workload.clients > 0)) {
    throw new TypeError(`--clients says how many replicas are live; ${name} has a fixed number.`);
  }
  const datastore = kindName(values.datastore);
  if (datastore !== 'product' && !selected.every(({ anyDatastore }) => anyDatastore)) {
    throw new TypeError(`--datastore ${datastore}: ${name} is measured with products only.`);
  }
  return {
    kind: 'run',
    workloads: selected,
    rounds: wholeNumber('--rounds', values.rounds, 1),
    docs: values.docs === undefined ? null : wholeNumber('--docs', values.docs, 100),
    clients,
    datastore,
    search: values.search,
    json: values.json,
    profile: values.profile,
  };
}

function select(name: string, workloads: readonly Workload[]): readonly Workload[] {
  const selected = name === 'all' ? workloads : workloads.filter((workload) => workload.name === name);
  if (selected.length > 0) return selected;
  throw new RangeError(
    `There is no workload "${name}". There are: ${workloads.map((workload) => workload.name).join(', ')}, all.`,
  );
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${option} must be a whole number from ${least}, not "${text}".`);
  }
  return value;
}

function kindName(text: string): KindName {
  if (Object.hasOwn(KINDS, text)) return text as KindName;
  throw new RangeError(`There is no datastore "${text}". There are: ${Object.keys(KINDS).join(', ')}.`);
}
