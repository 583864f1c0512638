import fc from 'fast-check';

/** The seed of what is drawn by lot: fixed, so that an unrelated change cannot turn a test red; `VALUES_SEED=n` plays another one. */
export const VALUES_SEED = Number(process.env['VALUES_SEED'] ?? 20_261_124);

fc.configureGlobal({ seed: VALUES_SEED });

export { fc };
