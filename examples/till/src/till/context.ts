import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Basket } from './basket.ts';
import type { Edits } from './edits.ts';
import type { TillStores } from './open-till.ts';
import type { Plug } from './plug.ts';

/** What every part of a till works with. */
export interface Till {
  readonly name: string;
  readonly stores: TillStores;
  readonly basket: Basket;
  readonly edits: Edits;
  readonly plug: Plug;
}

/** Hands the till to its parts. */
export const TillContext = createContext<Till | null>(null);

/** The till that this part belongs to. */
export function useTill(): Till {
  const till = useContext(TillContext);
  if (till === null) throw new Error('There is no till around this part.');
  return till;
}
