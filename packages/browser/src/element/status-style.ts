/**
 * Follows the `color-scheme` of the page. The place of the badge and the width of the longest usual text are kept free, so
 * that nothing around the element moves when the state changes.
 */
export const STATUS_STYLE = `
  :host {
    --good: var(--datastores-status-good, light-dark(#116329, #6fdd8b));
    --busy: var(--datastores-status-busy, light-dark(#0550ae, #80b8ff));
    --away: var(--datastores-status-away, light-dark(#57606a, #b1bac4));
    --alarm: var(--datastores-status-alarm, light-dark(#a40e26, #ff9492));
    --ink: var(--datastores-status-ink, light-dark(#1f2328, #f0f3f6));
    --paper: var(--datastores-status-paper, light-dark(#ffffff, #151b23));
    --line: var(--datastores-status-line, light-dark(#d1d9e0, #3d444d));
    display: inline-block;
    vertical-align: middle;
    max-inline-size: 100%;
    font: 500 0.875rem/1.25rem system-ui, sans-serif;
  }
  :host([hidden]) { display: none; }
  [part='status'] {
    display: grid;
    grid-template-columns: 1rem minmax(0, 1fr) auto;
    align-items: center;
    gap: 0.5rem;
    box-sizing: border-box;
    inline-size: var(--datastores-status-width, 19.5rem);
    max-inline-size: 100%;
    padding: 0.3125rem 0.375rem 0.3125rem 0.625rem;
    border: 1px solid var(--line);
    border-radius: 999px;
    background: var(--paper);
    color: var(--ink);
    --tone: var(--away);
  }
  [data-state='synced'] { --tone: var(--good); }
  [data-state='syncing'] { --tone: var(--busy); }
  [data-state='action-required'] { --tone: var(--alarm); }
  [part='icon'] { inline-size: 1rem; block-size: 1rem; fill: var(--tone); }
  [part='text'] { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
  [part='badge'] {
    box-sizing: border-box;
    min-inline-size: 1.5rem;
    padding: 0.125rem 0.375rem;
    border-radius: 999px;
    background: var(--tone);
    color: var(--paper);
    text-align: center;
    font: 600 0.75rem/1rem system-ui, sans-serif;
    font-variant-numeric: tabular-nums;
  }
  [part='badge'][data-empty] { visibility: hidden; }
  @media (prefers-reduced-motion: no-preference) {
    [data-state='syncing'] [part='icon'] { animation: turn 2s linear infinite; }
    @keyframes turn { to { transform: rotate(1turn); } }
  }
  @media (forced-colors: active) {
    [part='icon'] { fill: CanvasText; }
    [part='badge'] { border: 1px solid CanvasText; }
  }
`;
