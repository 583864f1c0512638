/** How long a step of a browser test may take: the machine may be one on which everything else runs too. */
export const PATIENCE_MS = 60_000;
