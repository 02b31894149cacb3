/** The look of the panel: at the foot of the page, whole width on a phone; light or dark as the page is. */
export const PANEL_STYLE = `
  :host {
    --ink: light-dark(#1f2328, #e6edf3);
    --soft: light-dark(#57606a, #9aa4af);
    --paper: light-dark(#ffffff, #12171e);
    --raised: light-dark(#f3f5f8, #1b222b);
    --line: light-dark(#d1d9e0, #333c47);
    --good: light-dark(#116329, #6fdd8b);
    --busy: light-dark(#0550ae, #80b8ff);
    --alarm: light-dark(#a40e26, #ff9492);
    position: fixed;
    inset: auto 0 0 0;
    z-index: 2147483000;
    color: var(--ink);
    font: 400 0.8125rem/1.35 system-ui, sans-serif;
  }
  *, *::before { box-sizing: border-box; }
  .panel {
    display: flex;
    flex-direction: column;
    block-size: min(24rem, 60vh);
    background: var(--paper);
    border-block-start: 1px solid var(--line);
    box-shadow: 0 -6px 24px rgb(0 0 0 / 18%);
  }
  header { display: flex; align-items: center; gap: 0.75rem; padding: 0.375rem 0.75rem; background: var(--raised); }
  .state { flex: 1; min-inline-size: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; color: var(--soft); }
  button, select, input {
    font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 0.375rem;
    min-block-size: 1.875rem; padding: 0 0.625rem;
  }
  button { cursor: pointer; }
  :focus-visible { outline: 2px solid var(--busy); outline-offset: 1px; }
  .body:focus-visible { outline-offset: -2px; }
  .shut { min-inline-size: 1.875rem; padding: 0; font-size: 1.125rem; line-height: 1; }
  .switch { display: flex; align-items: center; gap: 0.5rem; white-space: nowrap; }
  .switch::before {
    content: ''; inline-size: 1.625rem; block-size: 0.875rem; border-radius: 1rem; border: 1px solid var(--soft);
    background: radial-gradient(circle at 0.375rem 50%, var(--soft) 0.25rem, transparent 0.3125rem);
  }
  .switch[aria-checked='true'] { border-color: var(--alarm); color: var(--alarm); font-weight: 600; }
  .switch[aria-checked='true']::before {
    border-color: var(--alarm);
    background: radial-gradient(circle at 1.125rem 50%, var(--alarm) 0.25rem, transparent 0.3125rem);
  }
  .tabs {
    display: flex; overflow-x: auto; padding-inline: 0.5rem; background: var(--raised);
    border-block-end: 1px solid var(--line); scrollbar-width: thin;
  }
  .tabs button {
    display: flex; align-items: center; gap: 0.375rem; flex: none; border: 0; border-radius: 0; background: none;
    border-block-end: 2px solid transparent; color: var(--soft);
  }
  .tabs button[aria-selected='true'] { color: var(--ink); border-block-end-color: var(--busy); font-weight: 600; }
  .tabs button:focus-visible { outline-offset: -2px; }
  .count { padding: 0 0.375rem; border-radius: 1rem; background: var(--line); color: var(--ink); font-size: 0.6875rem; }
  .count:empty { display: none; }
  .body { flex: 1; overflow: auto; padding: 0.5rem 0.75rem; }
  .controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; padding-block-end: 0.5rem; }
  .rows { margin: 0; padding: 0; list-style: none; }
  li { border-block-end: 1px solid var(--line); }
  summary { display: flex; align-items: baseline; gap: 0.625rem; padding: 0.375rem 0.25rem; cursor: pointer; }
  summary::before { content: '▸'; color: var(--soft); }
  details[open] > summary::before { content: '▾'; }
  .title { flex: none; max-inline-size: 60%; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-family: ui-monospace, monospace; }
  .note { min-inline-size: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; color: var(--soft); }
  .mark { flex: none; padding: 0 0.4375rem; border: 1px solid currentcolor; border-radius: 1rem; font-size: 0.6875rem; font-weight: 600; }
  .mark.none { display: none; }
  .good { color: var(--good); }
  .busy { color: var(--busy); }
  .alarm { color: var(--alarm); }
  .plain { color: var(--soft); }
  pre {
    margin: 0 0 0.5rem; padding: 0.5rem 0.75rem; overflow: auto; max-block-size: 16rem; background: var(--raised);
    border-radius: 0.375rem; font: 0.75rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .actions:not(:empty) { padding-block-end: 0.5rem; }
  .danger { color: var(--alarm); border-color: var(--alarm); }
  .empty { margin: 1.5rem 0; text-align: center; color: var(--soft); }
  @media (max-width: 40rem) {
    .panel { block-size: min(28rem, 70vh); }
    header { gap: 0.5rem; }
    summary { flex-wrap: wrap; gap: 0.125rem 0.5rem; }
    .title { max-inline-size: 75%; }
    .note { flex-basis: 100%; padding-inline-start: 1.125rem; }
    .note:empty { display: none; }
  }
`;
