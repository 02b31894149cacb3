/** What makes an input one whose suggestions are a list of ours, and no datalist of the browser. */
export const combobox = (isExpanded: boolean) =>
  ({ list: undefined, role: 'combobox', 'aria-expanded': isExpanded }) as const;
