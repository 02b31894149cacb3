import { element } from './dom.ts';
import type { Row, RowAction } from './row.ts';

/** Shows the rows of a view. */
export interface RowList {
  readonly node: HTMLElement;
  show(rows: readonly Row[]): void;
}

/** A list of lines that unfold. A line that is still there is changed, not made anew: focus and what is unfolded stay. */
export function createRowList(empty: string): RowList {
  const list = element('ul', { class: 'rows' });
  const nothing = element('p', { class: 'empty' }, empty);
  const node = element('div', {}, nothing, list);
  const lines = new Map<string, Line>();
  return {
    node,
    show(rows) {
      nothing.hidden = rows.length > 0;
      const wanted = new Set(rows.map(({ key }) => key));
      for (const [key, line] of lines) {
        if (wanted.has(key)) continue;
        line.node.remove();
        lines.delete(key);
      }
      for (const [at, row] of rows.entries()) {
        const line = lines.get(row.key) ?? createLine();
        lines.set(row.key, line);
        line.set(row);
        if (list.children[at] !== line.node) list.insertBefore(line.node, list.children[at] ?? null);
      }
    },
  };
}

interface Line {
  readonly node: HTMLElement;
  set(row: Row): void;
}

function createLine(): Line {
  const title = element('span', { class: 'title' });
  const note = element('span', { class: 'note' });
  const mark = element('span', { class: 'mark' });
  const json = element('pre', { tabindex: '0' });
  const actions = element('div', { class: 'actions' });
  const details = element('details', {}, element('summary', {}, mark, title, note), json, actions);
  let row: Row | undefined;
  // Writing hundreds of documents as JSON that nobody looks at would be felt.
  const fill = () => {
    if (details.open) json.textContent = JSON.stringify(row?.detail, null, 2) ?? '';
  };
  details.addEventListener('toggle', fill);
  return {
    node: element('li', {}, details),
    set(next) {
      if (row?.action === undefined && next.action !== undefined) actions.append(twice(() => row?.action));
      row = next;
      title.textContent = next.title;
      note.textContent = next.note;
      mark.textContent = next.mark?.text ?? '';
      mark.className = `mark ${next.mark?.tone ?? 'none'}`;
      fill();
    },
  };
}

/** A button that does what it says when it is pressed a second time. */
function twice(action: () => RowAction | undefined): HTMLButtonElement {
  const label = action()?.label ?? 'Discard';
  let asked = false;
  const button = element('button', { type: 'button', class: 'danger' }, label);
  button.addEventListener('blur', () => {
    asked = false;
    button.textContent = label;
  });
  button.addEventListener('click', () => {
    if (!asked) {
      asked = true;
      button.textContent = `${label}: press again, it cannot be taken back`;
      return;
    }
    button.disabled = true;
    action()
      ?.run()
      .catch((error: unknown) => {
        button.disabled = false;
        button.textContent = String(error);
      });
  });
  return button;
}
