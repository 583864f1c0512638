/** One bad value of an input: where it stands, what is wrong (a message key), and what the message needs. */
export interface InputProblem {
  /** Dotted, as in the document that was sent: `mappings.3.hub`, `export.minimumScore`. */
  readonly path: string;
  /** Key of a message under `problem.`; the text is made in the reader's language. */
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** The input is refused as a whole; nothing of it was saved. Answered with 422 and every bad path. */
export class InvalidInput extends Error {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(`invalid input: ${problems.map((problem) => `${problem.path} (${problem.code})`).join(', ')}`);
    this.name = 'InvalidInput';
    this.problems = problems;
  }
}

/** What is asked for does not exist (404). */
export class NotFound extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`there is no such ${what}`);
    this.name = 'NotFound';
    this.what = what;
  }
}

/** Somebody else changed it meanwhile (412 with If-Match, else 409); `code` is a message key under `problem.`. */
export class Conflicted extends Error {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(code: string, params: Readonly<Record<string, string | number>> = {}) {
    super(`refused: ${code}`);
    this.name = 'Conflicted';
    this.code = code;
    this.params = params;
  }
}
