import { join } from 'node:path';
import { createSample, FULL_SIZE, type Sample, type SampleSize } from '../seed/sample.ts';
import { startCrm } from './crm/crm.ts';
import type { DemoSystem, DemoSystemOptions } from './demo-system.ts';
import { startErp } from './erp.ts';
import { startOms } from './oms.ts';
import { startPim } from './pim/pim.ts';
import { startWms, type WarehouseSystem } from './wms/wms.ts';

/** The five demo systems by name. */
export interface DemoSystems {
  readonly erp: DemoSystem;
  readonly pim: DemoSystem;
  readonly crm: DemoSystem;
  readonly wms: WarehouseSystem;
  readonly oms: DemoSystem;
  close(): Promise<void>;
}

/** Where and how large the demo systems are. */
export interface DemoSystemsOptions {
  /** Folder of their SQLite files. Files that hold records already are used as they are. */
  readonly folder: string;
  /** Ports in the order ERP, PIM, CRM, WMS, OMS; 0 takes any free one. */
  readonly ports: readonly [number, number, number, number, number];
  readonly size?: SampleSize;
}

/** Starts all five systems and fills those that are empty. If one fails to start, those already running are stopped. */
export async function startSystems(options: DemoSystemsOptions): Promise<DemoSystems> {
  let made: Sample | undefined;
  const sample = (): Sample => {
    made ??= createSample(options.size ?? FULL_SIZE);
    return made;
  };
  const running: DemoSystem[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((system) => system.close()));
  };
  type Starter<S> = (sample: () => Sample, options: DemoSystemOptions) => Promise<S>;
  const start = async <S extends DemoSystem>(starter: Starter<S>, name: string): Promise<S> => {
    const port = options.ports[running.length] ?? 0;
    const system = await starter(sample, { file: join(options.folder, `${name}.sqlite`), port });
    running.push(system);
    return system;
  };
  try {
    const erp = await start(startErp, 'erp');
    const pim = await start(startPim, 'pim');
    const crm = await start(startCrm, 'crm');
    const wms = await start(startWms, 'wms');
    const oms = await start(startOms, 'oms');
    return { erp, pim, crm, wms, oms, close };
  } catch (error) {
    await close();
    throw error;
  }
}
