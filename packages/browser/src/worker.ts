export { replicateInWorker, type WorkerOptions } from './worker/replicate-in-worker.ts';
