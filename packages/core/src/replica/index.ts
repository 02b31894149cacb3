export { markCopied } from './mark-copied.ts';
