import type { JsonValue } from '@datastores/core/schema';
import { type Context, type Outcome, SystemError, type Write } from '../connector.ts';
import { eachAlone, pushParts } from '../push-in-order.ts';
import { applyTogether, asSetTask, type SetTask } from './apply-together.ts';
import { applyWrite, type Task } from './apply-write.ts';
import type { Dialect, Rejected } from './dialect.ts';
import type { Ledger } from './ledger.ts';
import { isRejected, type Prepared, prepareRecord } from './prepare-record.ts';
import type { Session, WriteCall } from './session.ts';
import { type Shape, shapeError } from './shape.ts';

/** What it takes to write to one stream. */
export interface Writing<S extends Shape = Shape> {
  readonly dialect: Dialect<S>;
  readonly stream: string;
  readonly session: Session;
  readonly shape: () => Promise<S>;
  readonly ledger: Ledger | null;
  readonly context: Context;
}

/**
 * Makes writes in order. Writes to known records that follow one another are made in one transaction, where the database
 * has statements for that; each of the others has a transaction of its own. A SystemError is thrown only while nothing was
 * applied yet; later it leaves the rest of the writes to be repeated.
 */
export async function pushWrites<S extends Shape>(writing: Writing<S>, writes: readonly Write[]): Promise<Outcome[]> {
  const shape = await writing.shape();
  for (const { table } of [shape, ...shape.children]) {
    if (table.unsafe) throw shapeError(writing.stream, table.unsafe);
  }
  const steps = writes.map((write) => prepareTask(writing, shape, write));
  const outcomes = await pushParts(partsOf(steps), (part) => pushPart(writing, part));
  if (outcomes instanceof SystemError) throw outcomes;
  return outcomes;
}

type Step<S extends Shape> = Task<S> | SetTask<S> | Rejected;

/** Neighbours that can be made together, no record twice among them; the others alone. */
function partsOf<S extends Shape>(steps: readonly Step<S>[]): readonly (readonly Step<S>[])[] {
  const parts: Step<S>[][] = [];
  let keys = new Set<string>();
  for (const step of steps) {
    const key = isSetTask(step) ? step.write.key : null;
    const last = parts.at(-1);
    if (key !== null && last !== undefined && keys.size > 0 && !keys.has(key)) last.push(step);
    else {
      parts.push([step]);
      keys = new Set();
    }
    if (key !== null) keys.add(key);
  }
  return parts;
}

function isSetTask<S extends Shape>(step: Step<S>): step is SetTask<S> {
  return 'together' in step;
}

async function pushPart<S extends Shape>(
  writing: Writing<S>,
  part: readonly Step<S>[],
): Promise<readonly Outcome[] | SystemError> {
  const tasks = part.filter(isSetTask);
  if (tasks.length > 1) return pushTogether(writing, tasks);
  const [step] = part;
  if (step === undefined) return [];
  const outcome = isRejected(step) ? step : await pushOne(writing, step);
  return outcome instanceof SystemError ? outcome : [outcome];
}

/** Where one write is refused, halves are tried until it stands alone: the others must not suffer from it. */
async function pushTogether<S extends Shape>(
  writing: Writing<S>,
  tasks: readonly SetTask<S>[],
): Promise<readonly Outcome[] | SystemError> {
  const call: WriteCall = { context: writing.context, progress: 'connecting' };
  const push = (part: readonly SetTask<S>[]) => pushPart(writing, part);
  try {
    const made = await writing.session.write(call, (query) => applyTogether(query, tasks));
    return await addAlone(tasks, made, push);
  } catch (error) {
    const failure = writing.dialect.classify(error);
    if (failure.is === 'busy') return pushParts(eachAlone(tasks), push);
    if (failure.is === 'system') {
      const cut = cutOff(call, failure.error);
      return cut instanceof SystemError ? cut : tasks.map(() => cut);
    }
    const middle = Math.ceil(tasks.length / 2);
    return pushParts([tasks.slice(0, middle), tasks.slice(middle)], push);
  }
}

/** Those that could not be made with the others, one by one. */
async function addAlone<S extends Shape>(
  tasks: readonly SetTask<S>[],
  made: readonly (Outcome | null)[],
  push: (part: readonly SetTask<S>[]) => Promise<readonly Outcome[] | SystemError>,
): Promise<readonly Outcome[] | SystemError> {
  const parts = tasks.map((task, index) => ({ task, outcome: made[index] ?? null })).map((part) => [part]);
  return pushParts(parts, async ([part]) => {
    if (part === undefined) return [];
    return part.outcome === null ? push([part.task]) : [part.outcome];
  });
}

async function pushOne<S extends Shape>(writing: Writing<S>, task: Task<S>): Promise<Outcome | SystemError> {
  for (let attempt = 1; ; attempt += 1) {
    const call: WriteCall = { context: writing.context, progress: 'connecting' };
    try {
      return await writing.session.write(call, (query) => applyWrite(query, task));
    } catch (error) {
      const failure = writing.dialect.classify(error);
      if (failure.is === 'system') return cutOff(call, failure.error);
      if (failure.is === 'busy') return { is: 'retry', reason: failure.reason };
      if (isMintedTwice(task, failure.error)) {
        if (attempt < MINT_ATTEMPTS) continue;
        return { is: 'retry', reason: `Another program keeps taking the next key: ${failure.error.message}.` };
      }
      return explain(writing, task, failure);
    }
  }
}

/** After COMMIT was sent only the database knows; before it, an end of the connection undoes everything. */
function cutOff(call: WriteCall, error: SystemError): Outcome | SystemError {
  if (call.progress === 'committing') return { is: 'unknown', reason: error.message };
  const lost = call.progress === 'working' && error.kind === 'down';
  return lost ? { is: 'retry', reason: error.message } : error;
}

async function explain<S extends Shape>(
  writing: Writing<S>,
  task: Task<S>,
  failure: { readonly is: 'refused' | 'bad-value'; readonly error: Error },
): Promise<Outcome | SystemError> {
  const { dialect, session, context } = writing;
  try {
    if (failure.is === 'refused') {
      return await session.read(context, (query) => dialect.explainRefusal(query, task.shape, failure.error));
    }
    const given: Prepared = { ...task.prepared, fields: [...task.prepared.fields, ...task.amounts] };
    const rejected = await dialect.explainBadValue((probe) => session.read(context, probe), given, failure.error);
    // A key that its column cannot hold names no record.
    if (task.write.op !== 'create' && rejected.field === undefined && dialect.mayBeKey(failure.error)) {
      return { is: 'missing' };
    }
    return rejected;
  } catch (error) {
    const again = dialect.classify(error);
    if (again.is === 'system') return again.error;
    return { is: 'rejected', reason: `${failure.error.message}.` };
  }
}

/** Takes the write apart; the amounts of an `add` are checked as values of their columns. */
function prepareTask<S extends Shape>(writing: Writing<S>, shape: S, write: Write): Step<S> {
  const { dialect, stream, ledger } = writing;
  const prepared = prepareRecord(dialect.encodeValue, shape, recordOf(write));
  if (isRejected(prepared)) return prepared;
  const moved = prepared.fields.find(
    ({ column }) => write.op !== 'create' && shape.options.key.includes(column.column),
  );
  if (moved) return { is: 'rejected', reason: `${moved.field} is the key and cannot be changed.`, field: moved.field };
  const computed = prepared.fields.find(({ column }) => column.computed);
  if (computed) {
    return {
      is: 'rejected',
      reason: `${computed.field} is made by the database and cannot be set.`,
      field: computed.field,
    };
  }
  const amounts = prepareRecord(dialect.encodeValue, shape, write.op === 'add' ? write.amounts : {});
  if (isRejected(amounts)) return amounts;
  const task = { dialect, stream, shape, write, prepared, amounts: amounts.fields, ledger };
  return asSetTask(task) ?? task;
}

function recordOf(write: Write): Readonly<Record<string, JsonValue>> {
  if (write.op === 'create') return write.data;
  if (write.op === 'delete') return {};
  return write.patch ?? {};
}

/** Our key was free when it was taken and is not any more: nobody's record is to blame. */
function isMintedTwice<S extends Shape>(task: Task<S>, error: Error): boolean {
  const { dialect, write, shape } = task;
  if (write.op !== 'create' || typeof shape.options.mintKey !== 'object') return false;
  const key = shape.options.key[0] ?? '';
  const brought = (write.data[key] ?? null) !== null;
  return !brought && dialect.isKeyTaken(error, shape);
}

const MINT_ATTEMPTS = 5;
