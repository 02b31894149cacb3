import { render } from 'preact';
import '../style/base.css';
import '../style/bar.css';
import '../style/till.css';
import '../style/catalog.css';
import '../style/basket.css';
import '../style/orders.css';
import '../style/dialog.css';
import { createBasket } from './basket.ts';
import { TillContext } from './context.ts';
import { createEdits } from './edits.ts';
import { openTill } from './open-till.ts';
import { installPlug } from './plug.ts';
import { TillScreen } from './till-screen.tsx';

const name = new URLSearchParams(location.search).get('till') ?? '1';
document.title = `Till ${name} · datastores`;
const plug = installPlug(name);
const app = document.getElementById('app') as HTMLElement;

try {
  const stores = await openTill(name);
  const till = { name, stores, plug, basket: createBasket(name), edits: createEdits(stores, name) };
  render(
    <TillContext.Provider value={till}>
      <TillScreen />
    </TillContext.Provider>,
    app,
  );
  await navigator.serviceWorker?.register('/service-worker.js');
} catch (error) {
  const said = error as { message: string; remedy?: string };
  render(
    <div class="stop" role="alert">
      <h1>This till cannot open</h1>
      <p>{said.message}</p>
      {said.remedy === undefined ? null : <p class="quiet">{said.remedy}</p>}
      <button type="button" class="primary" onClick={() => location.reload()}>
        Try again
      </button>
    </div>,
    app,
  );
}
