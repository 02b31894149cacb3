import type { Observable } from 'rxjs';

/** One line of a view: what is seen at a glance, and everything else when it is unfolded. */
export interface Row {
  /** The same line keeps its key: it stays unfolded while it changes. */
  readonly key: string;
  readonly title: string;
  readonly note: string;
  /** A word that is set off, and how it is meant. */
  readonly mark?: Mark | undefined;
  /** Shown as JSON. */
  readonly detail: unknown;
  readonly action?: RowAction;
}

/** A word that stands out. */
export interface Mark {
  readonly text: string;
  readonly tone: 'good' | 'busy' | 'alarm' | 'plain';
}

/** Something that can be done with a line. It is asked for twice. */
export interface RowAction {
  readonly label: string;
  readonly run: () => Promise<void>;
}

/** A part of the panel. */
export interface View {
  readonly name: string;
  /** Shown while there is nothing. */
  readonly empty: string;
  readonly rows$: Observable<readonly Row[]>;
  /** What stands beside the name; null: nothing. */
  readonly count$: Observable<number | null>;
  /** What is above the rows. */
  readonly controls?: HTMLElement;
}
