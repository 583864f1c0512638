import type { Manifest } from '../connectors/kit/connector.ts';

/**
 * What the vendor documents as a day's allowance, in the unit that its calls cost (calls, tokens, credits); undefined: it
 * names none. The smallest plan's where plans differ; what its answers say goes before it (R34).
 */
export const dailyLimit = ({ limits }: Pick<Manifest, 'limits'>): number | undefined =>
  limits.find(({ name }) => name === 'daily' || name.startsWith('daily_'))?.limit.value;
