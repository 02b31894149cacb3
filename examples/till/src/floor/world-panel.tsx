import { useEffect, useState } from 'preact/hooks';
import { act, type Deed, readWorld, setDown, type World, type WorldSystem } from './world.ts';

const EVERY_MS = 1_000;

const DEEDS: readonly { readonly deed: Deed; readonly label: string }[] = [
  { deed: 'price', label: 'Change a price in the ERP' },
  { deed: 'delivery', label: 'Receive goods in the warehouse' },
  { deed: 'sale', label: 'Ship three pieces from the warehouse' },
  { deed: 'order', label: 'Take an order by phone' },
];

/** The switches of the outside world. */
export function WorldPanel() {
  const [world, setWorld] = useState<World | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const show = (asked: Promise<World>) =>
    asked.then(
      (next) => {
        setWorld(next);
        setProblem(null);
      },
      () => setProblem('The demo does not answer. The tills go on.'),
    );
  useEffect(() => {
    void show(readWorld());
    const timer = setInterval(() => void show(readWorld()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <aside class="world" aria-label="The outside world">
      <h2>The outside world</h2>
      {problem === null ? null : (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <ul class="systems">
        {(world?.systems ?? []).map((system) => (
          <SystemRow key={system.name} system={system} onSwitch={(down) => void show(setDown(system.name, down))} />
        ))}
      </ul>
      <div class="deeds">
        {DEEDS.map(({ deed, label }) => (
          <button key={deed} type="button" onClick={() => void show(act(deed))}>
            {label}
          </button>
        ))}
      </div>
      <h2>What happened there</h2>
      <ol class="events" aria-live="polite">
        {(world?.events ?? []).map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            <time>{new Date(at).toLocaleTimeString()}</time> {text}
          </li>
        ))}
      </ol>
    </aside>
  );
}

interface SystemRowProps {
  readonly system: WorldSystem;
  readonly onSwitch: (down: boolean) => void;
}

function SystemRow({ system, onSwitch }: SystemRowProps) {
  const { name, about, down, state, waiting } = system;
  const tone = state === 'healthy' ? 'good' : state === 'unknown' ? 'busy' : 'bad';
  return (
    <li>
      <span class="what">
        <span class="name">{name.toUpperCase()}</span>
        <span class="quiet">{about}</span>
      </span>
      <span class={`status ${tone}`}>
        <span class="dot" aria-hidden="true" />
        {state}
        {waiting > 0 ? ` · ${waiting} wait` : ''}
      </span>
      <button type="button" aria-pressed={down} onClick={() => onSwitch(!down)}>
        {down ? 'Bring it back' : 'Let it fail'}
      </button>
    </li>
  );
}
