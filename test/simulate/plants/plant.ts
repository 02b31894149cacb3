/** A bug that can be put into the code that is simulated. */
export interface Plant {
  readonly name: string;
  /** What is wrong with it. */
  readonly about: string;
  /** The file, from the root of the repository, and what is replaced in it. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** True where chance brings its storm less than once in 2,000 seeds, and only the corpus has it: left out unless it is named. */
  readonly rare?: true;
}
