export { type DevTools, type DevToolsOptions, openDevTools } from './devtools/open-dev-tools.ts';
