import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OtherSide, Sample } from '@datastores/sync-server/conformance';

/** How the other side writes and reads its lines. */
export interface LineForm {
  readonly ending: string;
  write(rows: readonly Row[]): string;
  read(text: string): Row[];
}

/** A line as the other side sees it; absent fields are not said. */
export type Row = Readonly<Record<string, string | number | null>>;

/**
 * A business system that exchanges files: it picks up what lies in the outbox, keeps its own records, and drops a file of
 * changes after each step, with what it picked up. All of a step happens at once.
 */
export function createOtherProgram(folder: string, form: LineForm): OtherSide {
  const records = new Map<string, { name: string | null; quantity: number }>();
  const done = new Set<string>();
  const [inbox, outbox] = [join(folder, 'inbox'), join(folder, 'outbox')];
  let [files, keys] = [0, 0];

  const pickUp = () => {
    const changed = new Set<string>();
    for (const name of existsSync(outbox) ? readdirSync(outbox).sort() : []) {
      if (name.startsWith('.')) continue;
      for (const row of form.read(readFileSync(join(outbox, name), 'utf8'))) {
        if (done.has(String(row.write_id))) throw new Error(`The write ${row.write_id} was handed over twice.`);
        done.add(String(row.write_id));
        changed.add(String(row.id));
        take(row);
      }
      rmSync(join(outbox, name));
    }
    return changed;
  };
  const take = (row: Row) => {
    const key = String(row.id);
    const known = records.get(key) ?? { name: null, quantity: 0 };
    if (row.operation === 'delete') records.delete(key);
    else if (row.operation === 'add') {
      const { name = known.name } = row as { name?: string | null };
      // A cell that is empty in a line that adds is not said.
      records.set(key, { name: name ?? known.name, quantity: known.quantity + Number(row.quantity ?? 0) });
    } else records.set(key, { ...known, ...pick(row) });
  };
  const drop = (changed: ReadonlySet<string>) => {
    if (changed.size === 0) return;
    const rows = [...changed].map((id): Row => {
      const record = records.get(id);
      return record ? { op: 'U', id, ...record } : { op: 'D', id, name: null, quantity: null };
    });
    files += 1;
    mkdirSync(inbox, { recursive: true });
    const name = join(inbox, `items-delta-${String(files).padStart(6, '0')}.${form.ending}`);
    writeFileSync(`${name}.tmp`, form.write(rows));
    renameSync(`${name}.tmp`, name);
  };
  const step = (change: () => readonly string[]) => {
    const changed = pickUp();
    for (const key of change()) changed.add(key);
    // What is handed over meanwhile is part of the next file.
    for (let more = changed; more.size > 0; more = pickUp()) drop(more);
  };
  return {
    async insert(samples: readonly Sample[]) {
      const made = samples.map((sample) => {
        keys += 1;
        const key = `k${String(keys).padStart(4, '0')}`;
        records.set(key, { ...sample });
        return key;
      });
      step(() => made);
      return made;
    },
    async rename(key, name) {
      step(() => {
        records.set(key, { quantity: records.get(key)?.quantity ?? 0, name });
        return [key];
      });
    },
    async move(key, amount) {
      step(() => {
        const { name = null, quantity = 0 } = records.get(key) ?? {};
        records.set(key, { name, quantity: quantity + amount });
        return [key];
      });
    },
    async remove(key) {
      step(() => {
        records.delete(key);
        return [key];
      });
    },
    async count() {
      pickUp();
      return records.size;
    },
  };
}

function pick(row: Row): { name?: string | null; quantity?: number } {
  const quantity = row.quantity === undefined ? {} : { quantity: Number(row.quantity) };
  return row.name === undefined ? quantity : { ...quantity, name: row.name as string | null };
}

/** One JSON object on each line. */
export const jsonLines: LineForm = {
  ending: 'jsonl',
  write: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  read: (text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row),
};

/** CSV as a spreadsheet in Germany writes it. The sample values need no quotes. */
export const csvLines: LineForm = {
  ending: 'csv',
  write(rows) {
    const lines = rows.map((row) => [row.op, row.id, row.name ?? '', row.quantity ?? ''].join(';'));
    return `\ufeff${['op;Artikel;Name;Menge', ...lines].join('\r\n')}\r\n`;
  },
  read(text) {
    const [head = '', ...lines] = text.split('\r\n').filter(Boolean);
    const names = head.split(';').map((name) => ({ Artikel: 'id', Name: 'name', Menge: 'quantity' })[name] ?? name);
    return lines.map((line) =>
      Object.fromEntries(line.split(';').map((cell, at) => [names[at], cell === '' ? null : cell])),
    );
  },
};
