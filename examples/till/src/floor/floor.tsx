import { WorldPanel } from './world-panel.tsx';

/** Two tills of one shop, each with a replica of its own, and the business systems behind them. */
export function Floor() {
  return (
    <div class="floor">
      <header class="bar">
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" />
          Shop floor
        </h1>
        <p class="quiet">
          Each till keeps everything it needs on its own device. Pull its plug, go on selling, and put it back. A till
          alone: <a href="/till.html?till=1">1</a>, <a href="/till.html?till=2">2</a>.
        </p>
      </header>
      <main class="stage">
        <iframe src="/till.html?till=1" title="Till 1" />
        <iframe src="/till.html?till=2" title="Till 2" />
        <WorldPanel />
      </main>
    </div>
  );
}
