/** What a line does to messages at the moment. Probabilities, and milliseconds. */
export interface Weather {
  readonly loseRequest: number;
  readonly loseAnswer: number;
  readonly duplicate: number;
  readonly slowest: number;
  /** Nothing gets through in this direction. */
  readonly blocked: 'none' | 'requests' | 'answers' | 'both';
}

/** Everything arrives, soon. */
export const FAIR: Weather = { loseRequest: 0, loseAnswer: 0, duplicate: 0, slowest: 40, blocked: 'none' };
