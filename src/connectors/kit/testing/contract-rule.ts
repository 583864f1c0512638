import type { Bench } from './connector-contract.ts';

/**
 * Puts one rule of the contract before a fresh emulated CRM, or skips it with the reason that the connector gives.
 * @param ids rule ids, separated by spaces.
 * @param connection options of the connection.
 */
export type ContractRule = (
  ids: string,
  title: string,
  run: (bench: Bench) => Promise<void>,
  connection?: Readonly<Record<string, unknown>>,
) => void;
