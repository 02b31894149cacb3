export type {
  EngineQuery,
  FoundDocument,
  FoundPage,
  IndexState,
  SearchEngine,
} from './engine.ts';
export { type Highlight, type HighlightPiece, highlightsOf } from './highlight.ts';
export { indexText } from './index-text.ts';
export { matchesDocument } from './match.ts';
export { type Clause, type ParsedQuery, type Phrase, parseQuery } from './query.ts';
export { TERMS_VERSION } from './terms.ts';
