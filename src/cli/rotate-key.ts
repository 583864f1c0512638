import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import type { Command } from 'commander';
import { Conflicted, InvalidInput } from '../core/invalid-input.ts';
import {
  beginKeyRotation,
  endKeyRotation,
  newSecretKey,
  parseSecretKey,
  type SecretKey,
  signInSecret,
} from '../platform/crypto.ts';
import { otherProcesses } from '../store/db.ts';
import { resealAll, resealValues, rotatedKeyId } from '../store/sealed.ts';
import type { Cli } from './cli.ts';
import type { Product } from './compose.ts';

export interface Rotated {
  readonly keyId: string;
  readonly previousKeyId: string;
  /** Sealed values that were sealed anew. */
  readonly values: number;
  /** People who have to sign in again. */
  readonly sessions: number;
}

/**
 * Gives the instance another secret key: everything sealed with the old one is sealed anew in one transaction. With a key
 * file the old key stays beside the new one until that transaction has committed, and `keyOfFolder` tells at the next start
 * which one it is. The product goes on with the new key. @throws Conflicted while other processes use the database.
 */
export async function rotateKey(product: Product, next: SecretKey): Promise<Rotated> {
  const { engine, config, key: old } = product;
  const { store, clock } = engine;
  const others = await otherProcesses(store);
  if (others > 0) throw new Conflicted('other_processes', { count: others });
  const isFile = config.secretKey === undefined;
  const rotation = { from: old, to: next, foreign: resealSignIn(old, next) };
  if (isFile) beginKeyRotation(config.dataDir, { old, next });
  engine.checkpoint?.('rotate:key-written');
  const done = await store
    .transaction(async (trx) => {
      const result = await resealAll(trx, { ...rotation, at: clock.now() });
      engine.checkpoint?.('rotate:resealed');
      return result;
    })
    .catch(async (error: unknown) => {
      // An answer that was lost on the way says nothing; where the database is silent, too, the next start asks it.
      if ((await rotatedKeyId(store.db)) === next.id) return { values: 0, sessions: 0 };
      if (isFile) endKeyRotation(config.dataDir, old);
      throw error;
    });
  product.takeKey(next);
  engine.checkpoint?.('rotate:committed');
  // What a writer sealed with the old key while it waited for the transaction above.
  const late = await store.transaction((trx) => resealValues(trx, rotation));
  if (isFile) endKeyRotation(config.dataDir, next);
  return { keyId: next.id, previousKeyId: old.id, values: done.values + late, sessions: done.sessions };
}

const resealSignIn =
  (old: SecretKey, next: SecretKey) =>
  async (sealed: string): Promise<string> =>
    symmetricEncrypt({
      key: signInSecret(next),
      data: await symmetricDecrypt({ key: signInSecret(old), data: sealed }),
    });

/** `rotate-key`. */
export function addKeyCommand(program: Command, cli: Cli): void {
  program
    .command('rotate-key')
    .description('another secret key: what is encrypted is encrypted anew, everybody signs in again')
    .option('--new-key-stdin', 'read the new key (32 bytes in base64) from standard input')
    .option('--json')
    .action((options: { newKeyStdin?: boolean; json?: boolean }) =>
      cli.withProduct(async (product) => {
        const next = options.newKeyStdin === true ? parseNewKey(await cli.readInput()) : newSecretKey();
        if (next.id === product.key.id) throw problem('This is the key that is in use.');
        const isFile = product.config.secretKey === undefined;
        const made = isFile || options.newKeyStdin === true ? null : next.bytes.toString('base64');
        // Said before anything is sealed with it: whatever happens then, somebody has it.
        if (made !== null && options.json !== true) cli.out(`TANDEM_SECRET_KEY=${made}`);
        if (made !== null && options.json === true)
          cli.note(`The new key, should this command not come to its end: ${made}`);
        const done = await rotateKey(product, next);
        if (options.json === true) cli.out(JSON.stringify({ ...done, ...(made === null ? {} : { key: made }) }));
        cli.note(
          `${done.values} encrypted values have a new key (${done.keyId}); ${done.sessions} sessions ended, everybody signs in again.`,
        );
        if (!isFile)
          cli.note('Set TANDEM_SECRET_KEY to the new key before the next start: the old one opens nothing any more.');
        cli.note('Backups from before need the old key: keep it with them, or make a new backup.');
      }),
    );
}

const problem = (message: string): InvalidInput =>
  new InvalidInput([{ path: '--new-key-stdin', code: 'other', params: { message } }]);

function parseNewKey(text: string): SecretKey {
  try {
    return parseSecretKey(text);
  } catch {
    throw problem('32 bytes in base64, please, for instance from: openssl rand -base64 32');
  }
}
