import type { RunningSystem } from './create-system.ts';
import { messageOf } from './map-records.ts';
import { previewRemap, type RemapPreview } from './remap-preview.ts';
import { loadScanState } from './scan-state.ts';
import type { EngineStream } from './system-reach.ts';

/** How the mapping of a stream stands. */
export interface RemapState {
  readonly system: string;
  readonly stream: string;
  readonly datastore: string;
  /** The mapping that is configured, and the one before it where that is not everywhere yet; else the same. */
  readonly mapping: number;
  readonly before: number;
  /** `held`: it waits for an operator · `applying`: to kept records · `applied`: it is everywhere, or records are being read again. */
  readonly is: 'held' | 'applying' | 'applied';
  /** Kept records that it was applied to since the start. */
  readonly done: number;
  /** True while a preview is made. */
  readonly previewing: boolean;
  /** What the last preview has found; null: none was made. */
  readonly preview: RemapPreview | null;
  /** Why the last preview failed; null: it did not. */
  readonly error: string | null;
}

/** Mappings, looked at and let go by hand. */
export interface RemapRequests {
  /** Begins a preview of streams; one that runs is joined. */
  preview(system: RunningSystem, streams: readonly EngineStream[]): void;
  states(system: RunningSystem, streams: readonly EngineStream[]): Promise<readonly RemapState[]>;
}

/** Mappings of all systems. */
export function createRemapRequests(): RemapRequests {
  const running = new Set<EngineStream>();
  const previews = new Map<EngineStream, RemapPreview>();
  const failures = new Map<EngineStream, string>();

  return {
    preview({ reach }, streams) {
      for (const stream of streams) {
        if (running.has(stream)) continue;
        running.add(stream);
        previews.delete(stream);
        failures.delete(stream);
        void previewRemap(reach, stream)
          .then(
            (preview) => void previews.set(stream, preview),
            (error: unknown) => void failures.set(stream, messageOf(error)),
          )
          .finally(() => running.delete(stream));
      }
    },
    states: ({ reach }, streams) =>
      Promise.all(
        streams.map(async (stream): Promise<RemapState> => {
          const { binding, memory, name } = stream;
          const { mapping: applied } = await loadScanState(reach.store, binding);
          return {
            system: reach.system,
            stream: name,
            datastore: binding.datastore.name,
            mapping: binding.mapping,
            before: memory.remap?.from ?? applied,
            is: memory.remap?.is ?? 'applied',
            done: memory.remap?.done ?? 0,
            previewing: running.has(stream),
            preview: previews.get(stream) ?? null,
            error: failures.get(stream) ?? null,
          };
        }),
      ),
  };
}
