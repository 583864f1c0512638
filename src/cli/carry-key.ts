import { InvalidInput } from '../core/invalid-input.ts';
import { openKey, type SecretKey, saveKeyFile, sealKey } from '../platform/crypto.ts';
import { type BackupHeader, type SealedKey } from '../store/backup.ts';
import type { Cli } from './cli.ts';
import type { Product } from './compose.ts';

const PASSPHRASE_MIN = 12;

const problem = (message: string): InvalidInput =>
  new InvalidInput([{ path: '--passphrase', code: 'other', params: { message } }]);

const ask = async (cli: Cli, fromStdin: boolean, question: string): Promise<string> =>
  fromStdin ? (await cli.readInput()).replace(/\r?\n$/, '') : cli.askSecret(question);

/** The instance's key under a passphrase that is asked for. @throws InvalidInput when it is too short. */
export async function sealKeyFor(cli: Cli, key: SecretKey, fromStdin: boolean): Promise<SealedKey> {
  const passphrase = await ask(cli, fromStdin, 'Passphrase for the key in the backup');
  if (passphrase.length < PASSPHRASE_MIN) throw problem(`At least ${PASSPHRASE_MIN} characters, please.`);
  return sealKey(key, passphrase);
}

/**
 * The key that came with a backup, opened before anything is restored. null: none came, or it is the one we have.
 * @throws InvalidInput when the passphrase is another one, or the key of this instance comes from the environment.
 */
export async function keyOf(
  cli: Cli,
  { key, config }: Product,
  header: BackupHeader,
  fromStdin: boolean,
): Promise<SecretKey | null> {
  if (header.key === undefined || header.keyId === key.id) return null;
  if (config.secretKey !== undefined)
    throw problem('The backup brings its key along, and TANDEM_SECRET_KEY is set: unset it for the restore.');
  const passphrase = await ask(cli, fromStdin, 'Passphrase of the key in the backup');
  try {
    return openKey(header.key, passphrase);
  } catch {
    throw problem('This is not the passphrase of the key in the backup.');
  }
}

/** From the next start on this is the instance's key: the restored secrets were encrypted with it. */
export function takeKey({ config }: Product, key: SecretKey): void {
  saveKeyFile(config.dataDir, key);
}
